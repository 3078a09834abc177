import type { CommonOptions, Confirm } from '../../cli/index.ts';
import type { JointStopResult } from '../../robot/stop-plan.ts';

export interface TorqueOffOptions extends CommonOptions {
  readonly robot: string;
  readonly robotId: string | null;
  readonly driverUrl: string;
  /** Without asking. */
  readonly yes: boolean;
  /** Asks the person at the terminal; null: there is none. */
  readonly confirm: Confirm | null;
}

export interface TorqueOffResult {
  readonly robot: string;
  readonly joints: readonly JointStopResult[];
  /** Every joint confirmed that its torque is off. */
  readonly confirmed: boolean;
  /** The watchdog process that held the robot and was ended; null: none. */
  readonly releasedPid: number | null;
}
