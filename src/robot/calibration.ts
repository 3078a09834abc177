/**
 * Measurements of one individual robot, one entry per joint. Steps are those of the servo's present position register, 4096 per turn.
 * The middle of [minimumSteps, maximumSteps] is the middle of the joint's position range in the robot file.
 */
export interface Calibration {
  readonly robot: string;
  readonly joints: readonly JointCalibration[];
}

export interface JointCalibration {
  /** Name of the joint in the robot file. */
  readonly name: string;
  readonly id: number;
  /** +1 when growing steps are growing joint positions. */
  readonly direction: 1 | -1;
  /** Register `homingOffset`, as the servo counts it. */
  readonly homingOffsetSteps: number;
  readonly minimumSteps: number;
  readonly maximumSteps: number;
}
