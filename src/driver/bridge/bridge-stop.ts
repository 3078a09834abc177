import type { JointStop, JointStopResult, StopPlan, StopReport } from '../../robot/stop-plan.ts';
import type { LinkJointStop, LinkOutput, LinkStatus } from '../../wire/bridge/index.ts';

const MAX_HOLD_MS = 0xffffffff;
/** Drives in order from the safest one. */
const RANK: Readonly<Record<LinkOutput, number>> = { 'torque-off': 0, damp: 1, hold: 2, target: 3 };

/** One joint of a stop plan as the board receives it. */
export function linkJointStop({ mode, holdS, then, maxHoldTemperatureC }: JointStop): LinkJointStop {
  return { mode, holdMs: Math.min(MAX_HOLD_MS, Math.round(holdS * 1000)), then, maxHoldTemperatureC };
}

/**
 * What the board reports to have done with each joint. A joint in a safer mode than planned is confirmed in that mode: it was not armed,
 * its hold time is over, it is too hot to hold, or it was told so by the board's table.
 */
export function reportOf(plan: StopPlan, { outputs }: LinkStatus): StopReport {
  return { joints: plan.joints.map((stop, i) => resultOf(stop, outputs[i])) };
}

function resultOf({ joint, mode }: JointStop, output: LinkOutput | undefined): JointStopResult {
  if (output === undefined) return { joint, mode, confirmed: false, detail: 'the board does not report this joint' };
  if (output === 'target') return { joint, mode, confirmed: false, detail: 'the board still drives it' };
  if (RANK[output] > RANK[mode])
    return { joint, mode, confirmed: false, detail: `the board reports ${output} instead of ${mode}` };
  return { joint, mode: output, confirmed: true, detail: null };
}

/** Joints that are in a safer mode than planned, as text; null when there is none. */
export function differencesOf(plan: StopPlan, { joints }: StopReport): string | null {
  const differing = joints.filter(({ confirmed, mode }, i) => confirmed && mode !== plan.joints[i]!.mode);
  if (differing.length === 0) return null;
  return differing.map(({ joint, mode }) => `${joint}: ${mode}`).join(', ');
}
