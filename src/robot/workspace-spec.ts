import type { Vector3 } from './kinematics-spec.ts';

/** Where a robot may be: in its base frame, meters. Checked where it would come to rest. */
export interface WorkspaceSpec {
  /** Every moving capsule and the tip stay on the side of the normal: normal · p >= offsetM. */
  readonly planes: readonly { readonly name: string; readonly normal: Vector3; readonly offsetM: number }[];
  /** The tip and every point of `points` stay inside. */
  readonly boxes: readonly { readonly name: string; readonly minM: Vector3; readonly maxM: Vector3 }[];
  readonly points: readonly { readonly name: string; readonly link: string; readonly atM: Vector3 }[];
  readonly capsules: readonly CapsuleSpec[];
  /** Links beside the kinematic chain, such as a jaw: each at its joint's frame. */
  readonly branches: readonly BranchSpec[];
  /** Names of two capsules that may touch each other, in addition to those of one link and of neighboring links. */
  readonly ignoredPairs: readonly (readonly [string, string])[];
}

/** A link's shape: all points within radiusM of a segment. */
export interface CapsuleSpec {
  readonly name: string;
  /** The joint that moves the link, or `base`. */
  readonly link: string;
  /** In the frame of that joint, as KinematicLink states it. */
  readonly fromM: Vector3;
  readonly toM: Vector3;
  readonly radiusM: number;
}

/** A joint beside the chain. */
export interface BranchSpec {
  readonly joint: string;
  /** The joint of the chain that carries it. */
  readonly parent: string;
  readonly originM: Vector3;
  readonly rpyRad: Vector3;
  readonly axis: Vector3;
}
