import type { JointCalibration } from '../../robot/calibration.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';

/** Steps of one servo and positions of its joint, both ways. */
export class JointMap {
  readonly minimumSteps: number;
  readonly maximumSteps: number;
  /** rad (or m) a turn of the horn, with the direction's sign. */
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

  /** The nearest whole step within what the servo may take. A target that is no number is the caller's fault and becomes the middle. */
  steps(position: number): number {
    const exact = this.middleSteps + (position - this.middle) / this.perStep;
    if (Number.isNaN(exact)) return Math.round(this.middleSteps);
    return this.clip(Math.round(exact));
  }

  clip(steps: number): number {
    return Math.min(this.maximumSteps, Math.max(this.minimumSteps, steps));
  }
}

/** One map a joint, for a robot that `checkServoRobot` has passed. */
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
