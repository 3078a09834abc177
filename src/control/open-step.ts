import type { Clock } from '../base/clock.ts';
import { isRecovering, type Reading } from '../robot/reading.ts';
import type { SafeCommand } from '../safety/port.ts';
import type { ClosedStep } from './close-step.ts';
import type { RobotComponents, RobotState } from './loop-state.ts';

/** A command that may be sent, and what it was made from. */
export interface OpenedStep {
  readonly state: RobotState;
  readonly reading: Reading;
  readonly stale: boolean;
  readonly observation: Float32Array;
  /** In [-1, 1]^d, as proposed. */
  readonly action: Float32Array;
  readonly safeCommand: SafeCommand;
  /** When the guard compared the age of the reading. */
  readonly checkedNs: number;
  readonly policyVersion: number;
}

/**
 * Observation, action, command, safe command. A function of its arguments, except that `policy.act` draws: the policy
 * keeps its random numbers and the latent of the episode. With a stale reading the policy is not called.
 */
export function openStep(
  { task, policy, mode, guard }: Omit<RobotComponents, 'driver'>,
  state: RobotState,
  { stale, end }: Pick<ClosedStep, 'stale' | 'end'>,
  clock: Pick<Clock, 'nowNs'>,
): OpenedStep {
  const { reading, memory } = state;
  // The first reading of a new episode is not the one that was stale.
  const isStale = (end === null && stale) || isRecovering(reading);
  const observation = Float32Array.from(task.observe(reading, memory));
  const action = new Float32Array(task.spec.actionSize);
  if (!isStale) policy.act(observation, action, mode);
  const command = task.toCommand(action, reading, memory);
  const checkedNs = clock.nowNs();
  const checked = guard.check(state.guard, { command, reading, nowNs: checkedNs });
  return {
    state: { ...state, guard: checked.memory },
    reading,
    stale: isStale,
    observation,
    action,
    safeCommand: checked.safeCommand,
    checkedNs,
    policyVersion: policy.version,
  };
}
