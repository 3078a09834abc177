import type { StopMode } from '../../robot/robot-spec.ts';
import { isStopConfirmed, type JointStop, type StopPlan, type StopReport } from '../../robot/stop-plan.ts';
import { SoftqdError } from '../../base/errors.ts';

const MODE_TEXT: Readonly<Record<StopMode, string>> = {
  hold: 'torque ON, holding',
  damp: 'torque off, damping',
  'torque-off': 'torque off',
};
const THEN_TEXT: Readonly<Record<StopMode, string>> = { hold: 'hold', damp: 'damp', 'torque-off': 'torque off' };

/** What the joints do after a stop, one line for each state and one for the joints that did not confirm it. */
export function stopLines(plan: StopPlan, report: StopReport): readonly string[] {
  const groups = new Map<string, string[]>();
  report.joints.forEach(({ joint, mode, confirmed }, i) => {
    if (!confirmed) return;
    const text = stateText(mode, plan.joints[i]!);
    groups.set(text, [...(groups.get(text) ?? []), joint]);
  });
  const lines = [...groups].map(([text, joints]) =>
    joints.length === plan.joints.length ? text : `${joints.join(', ')}: ${text}`,
  );
  if (isStopConfirmed(report)) return lines;
  if (report.isUnconfirmable === true) return [`not confirmed: ${report.joints[0]?.detail ?? ''}`];
  return [...lines, `NOT confirmed: ${unconfirmedText(report)}`];
}

function stateText(mode: StopMode, { holdS, then }: JointStop): string {
  const text = MODE_TEXT[mode];
  return mode !== 'hold' || then === 'hold' ? text : `${text}; ${THEN_TEXT[then]} in ${durationText(holdS)}`;
}

function durationText(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

function unconfirmedText({ joints }: StopReport): string {
  return joints
    .filter(({ confirmed }) => !confirmed)
    .map(({ joint, detail }) => (detail === null ? joint : `${joint} (${detail})`))
    .join(', ');
}

/** The error of a stop that not every joint confirmed; null when all did, or when the driver's protocol confirms nothing. */
export function stopUnconfirmedError({ robot }: StopPlan, report: StopReport): SoftqdError | null {
  if (isStopConfirmed(report) || report.isUnconfirmable === true) return null;
  const joints = report.joints.filter(({ confirmed }) => !confirmed).map(({ joint }) => joint);
  return new SoftqdError('E_STOP_UNCONFIRMED', `${robot}: stop NOT confirmed: ${unconfirmedText(report)}`, {
    values: { robot, joints },
  });
}
