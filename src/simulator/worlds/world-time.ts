import { SoftqdError } from '../../base/errors.ts';
import { NS_PER_S } from '../../base/clock.ts';
import { integerMultiple } from '../../robot/periods.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';

/** Time and step size of a world. Device time counts physics steps and is monotonic, also across a reset. */
export class WorldTime {
  readonly physicsStepS: number;
  controlPeriodS: number;
  /** Physics steps per control period. */
  substeps: number;
  physicsSteps = 0;
  /** Number of the current reading: one more at every reset and step. */
  sequence = 0;
  private readonly robot: string;

  constructor(robot: RobotSpec, physicsStepS: number) {
    this.robot = robot.name;
    this.physicsStepS = physicsStepS;
    this.controlPeriodS = robot.controlPeriodS;
    this.substeps = this.substepsOf(robot.controlPeriodS);
  }

  setControlPeriod(periodS: number): void {
    this.substeps = this.substepsOf(periodS);
    this.controlPeriodS = periodS;
  }

  get deviceTimeS(): number {
    return this.physicsSteps * this.physicsStepS;
  }

  get deviceTimeNs(): number {
    return this.deviceTimeS * NS_PER_S;
  }

  private substepsOf(periodS: number): number {
    const substeps = integerMultiple(periodS, this.physicsStepS);
    if (substeps === null) {
      throw new SoftqdError(
        'E_PROTOCOL_MISMATCH',
        `${this.robot}: control period ${periodS} s is not a multiple of the physics step ${this.physicsStepS} s`,
        { values: { controlPeriodS: periodS, physicsStepS: this.physicsStepS } },
      );
    }
    return substeps;
  }
}
