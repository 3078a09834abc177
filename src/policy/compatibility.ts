import { SoftqdError } from '../base/errors.ts';
import type { PolicySnapshot } from './port.ts';

/** The robot, task and layouts that a policy is about to serve. */
export interface PolicyTarget {
  readonly robot: string;
  readonly task: string;
  readonly observationNames: readonly string[];
  readonly actionNames: readonly string[];
}

function firstMismatch(have: readonly string[], want: readonly string[]): string | null {
  const length = Math.max(have.length, want.length);
  for (let i = 0; i < length; i++) {
    if (have[i] !== want[i])
      return `element ${i} is ${have[i] ?? 'missing'} in the policy, ${want[i] ?? 'missing'} expected`;
  }
  return null;
}

/** Throws E_POLICY_MISMATCH, naming both sides, unless the policy was made for this robot, task and layout. */
export function checkPolicyCompatible(snapshot: PolicySnapshot, use: PolicyTarget): void {
  const { meta } = snapshot;
  const values = { policyRobot: meta.robot, policyTask: meta.task, robot: use.robot, task: use.task };
  if (meta.robot !== use.robot || meta.task !== use.task)
    throw new SoftqdError(
      'E_POLICY_MISMATCH',
      `the policy was trained for ${meta.robot} ${meta.task}, this is ${use.robot} ${use.task}`,
      { values },
    );
  const observation = firstMismatch(meta.observationNames, use.observationNames);
  if (observation !== null)
    throw new SoftqdError(
      'E_POLICY_MISMATCH',
      `policy for ${meta.robot} ${meta.task}: observation mismatch: ${observation}`,
      {
        values,
      },
    );
  const action = firstMismatch(meta.actionNames, use.actionNames);
  if (action !== null)
    throw new SoftqdError('E_POLICY_MISMATCH', `policy for ${meta.robot} ${meta.task}: action mismatch: ${action}`, {
      values,
    });
}
