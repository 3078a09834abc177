import type { Vector3 } from '../kinematics-spec.ts';
import type { Matrix3 } from '../rotation.ts';
import type { Capsule } from '../shapes/index.ts';

/** A compiled MuJoCo model as far as an import needs it; meters, radians, kilograms. */
export interface ModelDescription {
  /** Parents before children; the first is the world. */
  readonly bodies: readonly ModelBody[];
  readonly sites: readonly { readonly name: string; readonly body: number; readonly atM: Vector3 }[];
  readonly actuators: readonly ModelActuator[];
  readonly timestepS: number;
  /** Names of meshes that touch nothing. */
  readonly drawnMeshes: readonly string[];
}

export interface ModelBody {
  readonly name: string;
  /** Its index in bodies; the world is its own parent. */
  readonly parent: number;
  readonly atM: Vector3;
  readonly rotation: Matrix3;
  readonly joints: readonly ModelJoint[];
  /** In the frame of the body; only shapes that may touch something. */
  readonly shapes: readonly (Capsule & { readonly name: string })[];
}

export interface ModelJoint {
  readonly name: string;
  readonly kind: 'revolute' | 'prismatic' | 'ball' | 'free';
  readonly axis: Vector3;
  readonly anchorM: Vector3;
  /** Its coordinate in the initial pose, rad or m. */
  readonly reference: number;
  readonly range: readonly [number, number] | null;
  /** Of all its actuators together; null: not limited. */
  readonly effortRange: readonly [number, number] | null;
}

/** What an actuator exerts: gear · (gain · control + constant + position · gear · q + velocity · gear · q'). */
export interface ModelActuator {
  readonly name: string;
  /** The joint on which it acts; null: a tendon, a site or a body. */
  readonly joint: string | null;
  readonly gear: number;
  /** Null: a muscle, a cylinder or another law that depends on more. */
  readonly law: {
    readonly gain: number;
    readonly constant: number;
    readonly position: number;
    readonly velocity: number;
  } | null;
  /** True: it acts on its joint directly, not in the frame of the joint's parent. */
  readonly isDirect: boolean;
  /** What lies between control and law: nothing, a filter, an integrator, or a state of another kind. */
  readonly dynamics: 'none' | 'filter' | 'integrator' | 'other';
  /** Of an integrator's state, in the unit of its law's control; null: not limited. */
  readonly stateRange: readonly [number, number] | null;
  readonly controlRange: readonly [number, number] | null;
  readonly forceRange: readonly [number, number] | null;
}
