import type { Transition } from '../../robot/transition.ts';
import { reasonName } from '../../robot/reasons.ts';

/** A transition with the names it has in the log's schema: one JSON line of an export. */
export function transitionRow(t: Transition): Readonly<Record<string, unknown>> {
  return {
    session_uuid: t.sessionUuid,
    sequence: t.sequence,
    episode: t.episode,
    step: t.step,
    observation: Array.from(t.observation),
    proposed_action: Array.from(t.proposedAction),
    applied_action: Array.from(t.appliedAction),
    reason_codes: t.reasonCodes,
    reward: t.reward,
    terminated: t.terminated,
    truncated: t.truncated,
    next_observation: Array.from(t.nextObservation),
    policy_version: t.policyVersion,
    monotonic_time_ns: t.monotonicTimeNs,
  };
}

/** Column names of a CSV export for transitions of these sizes; vectors have one column an element. */
export function csvHeader(observationSize: number, actionSize: number): string {
  return [
    'session_uuid',
    'sequence',
    'episode',
    'step',
    ...numbered('observation', observationSize),
    ...numbered('proposed_action', actionSize),
    ...numbered('applied_action', actionSize),
    'reasons',
    'reward',
    'terminated',
    'truncated',
    ...numbered('next_observation', observationSize),
    'policy_version',
    'monotonic_time_ns',
  ].join(',');
}

/** One CSV line; reasons are names joined by spaces, truth values are 0 and 1. */
export function csvLine(t: Transition): string {
  return [
    t.sessionUuid,
    t.sequence,
    t.episode,
    t.step,
    ...t.observation,
    ...t.proposedAction,
    ...t.appliedAction,
    t.reasonCodes.map(reasonName).join(' '),
    t.reward,
    Number(t.terminated),
    Number(t.truncated),
    ...t.nextObservation,
    t.policyVersion,
    t.monotonicTimeNs,
  ].join(',');
}

function numbered(name: string, size: number): string[] {
  return Array.from({ length: size }, (_, i) => `${name}_${i}`);
}
