import type { JointDrive } from './port.ts';

/** What drives one joint, in the joint's unit. */
export interface JointMotor {
  /** Of the position loop that the model has instead of a servo: N m/rad or N/m; 0 where the model drives by effort. */
  readonly stiffness: number;
  /** N m s/rad or N s/m. */
  readonly damping: number;
  readonly stallEffortNmOrN: number;
}

/** The joints' bodies: moved by efforts alone, under gravity when nobody holds them. One step at a time. */
export interface Mechanics {
  readonly stepS: number;
  readonly motors: readonly JointMotor[];
  /** In joint order, current after every step; not to be written. */
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  /** What the motors gave in the last step. */
  readonly efforts: Float64Array;
  /** `pushes`: what else pushes the joints (a hand), N m or N. */
  step(drives: readonly JointDrive[], pushes?: Float64Array | null): void;
  /** A jammed joint stays where it is whatever pulls. */
  setStuck(index: number, stuck: boolean): void;
  dispose(): void;
}
