import type { Logger } from '../base/logger.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';

/**
 * The joints whose maximum effort in the robot file a driver cannot enforce where it sends positions or velocities and limits neither torque,
 * current nor PWM. The effort of a joint that is commanded by effort is limited by the guard.
 */
function effortNotLimited({ joints }: Pick<RobotSpec, 'joints'>): readonly string[] {
  return joints
    .filter(({ commandMode, limits }) => commandMode !== 'effort' && limits.maxEffortNmOrN !== undefined)
    .map(({ name }) => name);
}

/** Says once, when a robot is armed, whose effort is not limited and by `whom` it then is. */
export class EffortReport {
  readonly joints: readonly string[];
  private readonly line: string;
  private readonly logger: Logger;
  private isDone = false;

  constructor(robot: Pick<RobotSpec, 'name' | 'joints'>, whom: string, logger: Logger) {
    this.joints = effortNotLimited(robot);
    this.line = `${robot.name}: effort not limited: ${this.joints.join(', ')} may use what ${whom} allow`;
    this.logger = logger;
    this.isDone = this.joints.length === 0;
  }

  report(): void {
    if (!this.isDone) this.logger.warning(this.line);
    this.isDone = true;
  }
}
