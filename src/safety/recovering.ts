import type { RobotSpec } from '../robot/robot-spec.ts';
import { isRecovering, type Reading } from '../robot/reading.ts';
import { FOLLOWING } from './following.ts';
import type { HealthWarning } from './health-check.ts';
import type { JointLimiter } from './joint-limiter.ts';
import type { GuardMemory } from './port.ts';

const NONE: readonly number[] = [];

/**
 * The memory while servos are cleared of an overload, and at the first reading after it: the command of their joints is where they are.
 * Then the limits rise again as after arming. Pure.
 */
export function atRecoveringJoints(
  limiters: readonly JointLimiter[],
  memory: GuardMemory,
  reading: Reading,
): GuardMemory {
  const recovering = reading.recovering ?? NONE;
  const concerned = new Set([...recovering, ...memory.recovering]);
  if (concerned.size === 0) return memory;
  return {
    ...commandedToMeasured(limiters, memory, reading, concerned),
    recovering,
    armedS: isRecovering(reading) ? memory.armedS : 0,
  };
}

/** The memory when the command of these joints is where they are, and nothing is known about how they follow. */
export function commandedToMeasured(
  limiters: readonly JointLimiter[],
  memory: GuardMemory,
  { positions }: Reading,
  joints: ReadonlySet<number>,
): GuardMemory {
  return {
    ...memory,
    joints: memory.joints.map((joint, i) => (joints.has(i) ? limiters[i]!.reset(positions[i]!, 0) : joint)),
    following: memory.following.map((joint, i) => (joints.has(i) ? FOLLOWING : joint)),
  };
}

/** A warning for each joint whose recovery begins with this reading. */
export function recoveryWarnings(
  { joints }: Pick<RobotSpec, 'joints'>,
  { recovering: before }: GuardMemory,
  { recovering = NONE }: Reading,
): readonly HealthWarning[] {
  return recovering
    .filter((index) => !before.includes(index))
    .flatMap((index) => joints.slice(index, index + 1))
    .map(({ name: joint }) => ({
      kind: 'recovery',
      joint,
      message: `${joint}: its servo reports an overload; it is cleared and armed again, the other joints hold`,
    }));
}
