import type { Reading } from '../robot/reading.ts';
import { isRecovering } from '../robot/reading.ts';
import { FOLLOWING } from './following.ts';
import type { GuardRules } from './guard-step.ts';
import type { HealthWarning } from './health-check.ts';
import type { GuardMemory } from './port.ts';

const NONE: readonly number[] = [];

/**
 * The memory while servos are cleared of an overload, and at the first reading after it: the command of their joints is where they are.
 * Then the limits rise again as after arming. Pure.
 */
export function atRecoveringJoints(rules: GuardRules, memory: GuardMemory, reading: Reading): GuardMemory {
  const recovering = reading.recovering ?? NONE;
  const concerned = new Set([...recovering, ...memory.recovering]);
  if (concerned.size === 0) return memory;
  return {
    ...releasedJoints(rules, memory, reading, concerned),
    recovering,
    armedS: isRecovering(reading) ? memory.armedS : 0,
  };
}

/** The memory when the command of these joints is where they are, and nothing is known about how they follow. */
export function releasedJoints(
  { limiters }: GuardRules,
  memory: GuardMemory,
  reading: Reading,
  joints: ReadonlySet<number>,
): GuardMemory {
  return {
    ...memory,
    joints: memory.joints.map((joint, i) => (joints.has(i) ? limiters[i]!.reset(reading.positions[i]!, 0) : joint)),
    following: memory.following.map((joint, i) => (joints.has(i) ? FOLLOWING : joint)),
  };
}

/** A warning for each joint whose recovery begins with this reading. */
export function recoveryWarnings(
  { robot }: Pick<GuardRules, 'robot'>,
  { recovering: before }: GuardMemory,
  { recovering = NONE }: Reading,
): readonly HealthWarning[] {
  return recovering
    .filter((index) => !before.includes(index))
    .flatMap((index) => robot.joints.slice(index, index + 1))
    .map(({ name: joint }) => ({
      kind: 'recovery',
      joint,
      message: `${joint}: its servo reports an overload; it is cleared and armed again, the other joints hold`,
    }));
}
