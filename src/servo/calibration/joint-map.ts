import type { JointCalibration } from '../../robot/calibration.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';

/** Converts steps of one servo to positions of its joint, and back. */
export class JointMap {
  readonly minimumSteps: number;
  readonly maximumSteps: number;
  /** rad (or m) per turn of the horn, with the sign of the direction. */
  readonly perTurn: number;
  private readonly middleSteps: number;
  private readonly middle: number;
  private readonly perStep: number;

  constructor(
    calibration: Pick<JointCalibration, 'direction' | 'minimumSteps' | 'maximumSteps'>,
    joint: { middle: number; travelPerTurn: number; stepsPerTurn: number },
  ) {
    this.minimumSteps = calibration.minimumSteps;
    this.maximumSteps = calibration.maximumSteps;
    this.middleSteps = (calibration.minimumSteps + calibration.maximumSteps) / 2;
    this.middle = joint.middle;
    this.perTurn = calibration.direction * joint.travelPerTurn;
    this.perStep = this.perTurn / joint.stepsPerTurn;
  }

  position(steps: number): number {
    return this.middle + (steps - this.middleSteps) * this.perStep;
  }

  /** The nearest step within the limits of the servo. NaN is a bug of the caller and becomes the middle. */
  steps(position: number): number {
    const exact = this.middleSteps + (position - this.middle) / this.perStep;
    if (Number.isNaN(exact)) return Math.round(this.middleSteps);
    return this.clip(Math.round(exact));
  }

  clip(steps: number): number {
    return Math.min(this.maximumSteps, Math.max(this.minimumSteps, steps));
  }
}

/** One map per joint, for a robot that `checkServoRobot` accepts. */
export function jointMaps(
  robot: RobotSpec,
  calibrations: readonly Pick<JointCalibration, 'direction' | 'minimumSteps' | 'maximumSteps'>[],
  stepsPerTurn: number,
): readonly JointMap[] {
  const servos = robot.servoBus?.servos ?? [];
  return robot.joints.map(({ limits }, i) => {
    const middle = ((limits.minPositionRadOrM ?? 0) + (limits.maxPositionRadOrM ?? 0)) / 2;
    return new JointMap(calibrations[i]!, { middle, travelPerTurn: servos[i]!.travelPerTurnRadOrM, stepsPerTurn });
  });
}
