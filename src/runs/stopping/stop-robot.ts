import { toSoftqdError, type SoftqdError } from '../../base/errors.ts';
import { isStopConfirmed, type StopPlan, type StopReport } from '../../robot/stop-plan.ts';
import type { StoppedEvent } from '../run-events.ts';
import { StopLoop, type LoopEnd, type StopLoopOptions } from './stop-loop.ts';
import { stopLines, stopUnconfirmedError } from './stop-text.ts';

export interface StopRobotOptions extends Omit<StopLoopOptions, 'end'> {
  readonly plan: StopPlan;
  /** Where the control loop ended; null: unknown, then the stop modes are set at once. */
  readonly end: LoopEnd | null;
  /** Why the robot stops; null: it was requested, or the run is over. */
  readonly failure: SoftqdError | null;
}

export interface StopResult {
  readonly report: StopReport;
  /** Whether the robot is in its rest pose; null: it was not to go there. */
  readonly parked: boolean | null;
  /** What went wrong first, before or during the stop; null: nothing. */
  readonly failure: SoftqdError | null;
}

/**
 * Stops an armed robot: to its rest pose where that is wanted and nothing is wrong, deceleration within the limits, then each joint's stop
 * mode, confirmed joint by joint. After a fault of the driver or of the readings, and in an emergency, the stop modes are set at once. Never rejects; at most 6 s and the
 * time of the driver's confirmation.
 */
export async function stopRobot(options: StopRobotOptions): Promise<StopResult> {
  const { robot, end, plan, stops } = options;
  let { failure } = options;
  let parked: boolean | null = null;
  // After a fault of the guard with good readings it decelerates, too; after any other the motors stop at once.
  const decelerates = failure === null || robot.guard.state === 'stopping';
  if (decelerates && end !== null && stops.level !== 'emergency') {
    const loop = new StopLoop({ ...options, end, park: options.park && failure === null });
    try {
      await loop.run();
      failure ??= robot.guard.reason;
    } catch (thrown) {
      failure ??= toSoftqdError(thrown);
    }
    ({ parked } = loop);
  }
  const report = await robot.driver.disarm(plan, failure?.message ?? 'stop requested');
  robot.guard.disarm();
  return { report, parked, failure };
}

/** A stop as an event, with what the joints do now as text. */
export function stoppedEvent(plan: StopPlan, { report, parked, failure }: StopResult): StoppedEvent {
  return {
    event: 'stopped',
    robot: plan.robot,
    confirmed: isStopConfirmed(report),
    parked,
    reason: failure?.message ?? null,
    joints: report.joints,
    text: stopLines(plan, report),
  };
}

/** What a stop ends with: the fault before it, or that it was not confirmed; null: a good end. */
export function stopError(plan: StopPlan, { report, failure }: StopResult): SoftqdError | null {
  return failure ?? stopUnconfirmedError(plan, report);
}
