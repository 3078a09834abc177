import type { StopMode } from './robot-spec.ts';

/** How one joint is stopped: pure data. */
export interface JointStop {
  readonly joint: string;
  readonly mode: StopMode;
  /** How long a joint in mode `hold` holds before it changes to `then`, s; 0 for the other modes. */
  readonly holdS: number;
  /** The mode after holdS; `hold` holds without a limit. Equal to `mode` for the other modes. */
  readonly then: StopMode;
  /** A holding joint that gets hotter than this changes to `then` (to `damp` where that is `hold`) at once, degrees Celsius. */
  readonly maxHoldTemperatureC: number;
}

/** How a robot is stopped, joint by joint in the order of its joints. Every driver and every command that arms carries it out. */
export interface StopPlan {
  readonly robot: string;
  readonly joints: readonly JointStop[];
}

/** Whether one joint was stopped. */
export interface JointStopResult {
  readonly joint: string;
  readonly mode: StopMode;
  /** The device confirmed the stop mode, or nothing had to be stopped. */
  readonly confirmed: boolean;
  /** Why it is not confirmed; null when it is. */
  readonly detail: string | null;
}

/** What a stop did. */
export interface StopReport {
  readonly joints: readonly JointStopResult[];
  /** The stop was sent over a protocol that confirms nothing: no joint is confirmed, and that is no failure. */
  readonly isUnconfirmable?: true;
}

/** True when every joint confirmed. */
export function isStopConfirmed({ joints }: StopReport): boolean {
  return joints.every(({ confirmed }) => confirmed);
}

/** A report with the same result for every joint: for drivers that stop all joints by one message. `detail` null: confirmed. */
export function stopReport({ joints }: StopPlan, detail: string | null): StopReport {
  return { joints: joints.map(({ joint, mode }) => ({ joint, mode, confirmed: detail === null, detail })) };
}
