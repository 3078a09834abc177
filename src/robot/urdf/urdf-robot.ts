import type { Vector3 } from '../kinematics-spec.ts';

export const URDF_JOINT_TYPES = ['revolute', 'continuous', 'prismatic', 'fixed', 'floating', 'planar'] as const;
export type UrdfJointType = (typeof URDF_JOINT_TYPES)[number];

/** Limits as stated, null where the file states none or a number that stands for none. Radians or meters, per second, N m or N. */
export interface UrdfLimits {
  readonly lower: number | null;
  readonly upper: number | null;
  readonly maxVelocity: number | null;
  readonly maxEffort: number | null;
}

/** A joint as in the file; null for what the file omits. Meters, radians, N m or N. */
export interface UrdfJoint {
  readonly name: string;
  readonly type: UrdfJointType;
  readonly parent: string;
  readonly child: string;
  readonly originM: Vector3;
  readonly rpyRad: Vector3;
  readonly axis: Vector3;
  readonly limits: UrdfLimits;
  /** N m s/rad or N s/m, and N m or N. */
  readonly damping: number;
  readonly friction: number;
  /** The joint that this one follows: multiplier · its position + offset. */
  readonly mimic: { readonly joint: string; readonly multiplier: number; readonly offset: number } | null;
  /** FILE:LINE, for messages. */
  readonly at: string;
}

/** Moments of inertia about the axes of the inertial frame, and the products, kg m². */
export interface UrdfInertial {
  readonly originM: Vector3;
  readonly rpyRad: Vector3;
  readonly massKg: number;
  readonly momentsKgM2: Vector3;
  /** xy, xz, yz. */
  readonly productsKgM2: Vector3;
}

export type UrdfGeometry =
  | { readonly kind: 'box'; readonly sizeM: Vector3 }
  | { readonly kind: 'cylinder'; readonly radiusM: number; readonly lengthM: number }
  | { readonly kind: 'sphere'; readonly radiusM: number }
  | { readonly kind: 'mesh'; readonly file: string; readonly scale: Vector3 };

/** A collision shape in the frame of its link. */
export interface UrdfShape {
  readonly originM: Vector3;
  readonly rpyRad: Vector3;
  readonly geometry: UrdfGeometry;
  /** FILE:LINE, for messages. */
  readonly at: string;
}

export interface UrdfLink {
  readonly name: string;
  /** Null: the link has no mass. */
  readonly inertial: UrdfInertial | null;
  readonly collisions: readonly UrdfShape[];
}

export interface UrdfRobot {
  readonly name: string;
  /** The link that is not the child of a joint. */
  readonly root: string;
  readonly links: ReadonlyMap<string, UrdfLink>;
  /** Every joint after the one that carries it, branch by branch in the order of the file. */
  readonly joints: readonly UrdfJoint[];
  /** The joint that carries a link. */
  readonly jointOfLink: ReadonlyMap<string, UrdfJoint>;
  /** What was read but not taken as it stands, in sentences. */
  readonly notes: readonly string[];
}
