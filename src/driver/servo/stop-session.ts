import type { Logger } from '../../base/logger.ts';
import type { StopPlan, StopReport } from '../../robot/stop-plan.ts';
import type { ArmingSequence } from '../arming.ts';
import type { ServoSession } from './servo-session.ts';

export interface StopSessionOptions {
  readonly plan: StopPlan;
  /** For the log. */
  readonly reason: string;
  readonly logger: Logger;
}

/** Stops at once, and again where a servo was being armed meanwhile. Never rejects. */
export async function stopAndConfirm(
  session: ServoSession,
  arming: ArmingSequence,
  options: StopSessionOptions,
): Promise<StopReport> {
  const canceled = arming.cancel();
  const { isPartial } = session.stopper;
  const report = await stopSession(session, options);
  return (await canceled) || isPartial ? stopSession(session, options) : report;
}

/** Carries out the plan and logs the joints that did not confirm it. Never rejects. */
export async function stopSession(
  { stopper }: ServoSession,
  { plan, reason, logger }: StopSessionOptions,
): Promise<StopReport> {
  const report = await stopper.stop(plan);
  const failed = report.joints.filter(({ confirmed }) => !confirmed);
  if (failed.length === 0) logger.debug(`${plan.robot}: disarmed`, { reason });
  else {
    const joints = failed.map(({ joint, detail }) => `${joint} (${detail ?? ''})`).join(', ');
    logger.warning(`${plan.robot}: not all servos confirmed the stop: ${joints}`, { reason });
  }
  return report;
}
