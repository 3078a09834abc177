import type { JointDrive } from './port.ts';

/** The drive of one joint, in the unit of the joint. */
export interface JointMotor {
  /** Stiffness of the position loop of the model: N m/rad or N/m; 0 where the model is driven by effort. */
  readonly stiffness: number;
  /** N m s/rad or N s/m. */
  readonly damping: number;
  readonly stallEffortNmOrN: number;
}

/** The mechanics of the joints, moved by efforts and gravity, one step at a time. */
export interface Mechanics {
  readonly stepS: number;
  readonly motors: readonly JointMotor[];
  /** In joint order, current after every step; not to be written. */
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  /** Efforts of the motors in the last step. */
  readonly efforts: Float64Array;
  /** `pushes`: external efforts on the joints (a hand), N m or N. */
  step(drives: readonly JointDrive[], pushes?: Float64Array | null): void;
  /** A jammed joint does not move under any effort. */
  setStuck(index: number, stuck: boolean): void;
  dispose(): void;
}
