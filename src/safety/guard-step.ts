import type { RobotSpec } from '../robot/robot-spec.ts';
import type { Command } from '../robot/command.ts';
import type { Reading } from '../robot/reading.ts';
import { GUARD_REASON } from '../robot/reasons.ts';
import type { SoftqdError } from '../base/errors.ts';
import type { JointLimiter, JointMemory } from './joint-limiter.ts';
import type { GuardInput, GuardMemory, SafetyState } from './port.ts';
import { readingError, readingReasons } from './reading-check.ts';
import { NO_REASON, reasonBit, type ReasonMask } from './reason-set.ts';

/** What does not change while a guard lives. */
export interface GuardRules {
  readonly robot: RobotSpec;
  readonly maxAgeNs: number;
  /** Consecutive bad readings that turn a stop into a fault. */
  readonly maxBadReadings: number;
  /** In the order of the robot's joints. */
  readonly limiters: readonly JointLimiter[];
}

export interface GuardStep {
  /** Finite and within every given limit, for any input. */
  readonly targets: Float64Array;
  readonly mask: ReasonMask;
  readonly memory: GuardMemory;
  /** Why the robot is to be faulted now, or null. */
  readonly fault: SoftqdError | null;
}

const STATE_REASON: Readonly<Record<SafetyState, ReasonMask>> = {
  disarmed: reasonBit(GUARD_REASON.disarmed),
  armed: NO_REASON,
  stopping: reasonBit(GUARD_REASON.stopping),
  faulted: reasonBit(GUARD_REASON.faulted),
};

/** The memory when the robot is at `reading`: limits are around it. */
export function resetMemory({ limiters }: GuardRules, memory: GuardMemory, reading: Reading): GuardMemory {
  const joints = limiters.map((limiter, i) => limiter.reset(reading.positions[i]!, reading.velocities[i]!));
  return { ...memory, joints, hasReference: true, badReadings: 0 };
}

/** Pure: command and memory in, limited targets and memory out. */
export function guardStep(rules: GuardRules, memory: GuardMemory, input: GuardInput, state: SafetyState): GuardStep {
  const { command, reading, nowNs } = input;
  const ageNs = nowNs - reading.arrivalNs;
  const readingMask = readingReasons(reading, rules.robot, ageNs, rules.maxAgeNs);
  const counted = readingMask === NO_REASON ? afterGoodReading(rules, memory, reading) : afterBadReading(memory, state);
  const isFault = counted.badReadings > memory.badReadings && counted.badReadings >= rules.maxBadReadings;
  const fault = isFault ? readingError(reading, rules.robot, ageNs, rules.maxAgeNs) : null;
  const stopMask = readingMask | STATE_REASON[fault === null ? state : 'faulted'];
  const limited =
    stopMask === NO_REASON
      ? limitAll(rules, counted, command, reading)
      : stopAll(rules, counted, readingMask === NO_REASON ? reading : null);
  return {
    targets: limited.targets,
    mask: stopMask | limited.mask,
    memory: { ...counted, joints: limited.joints, sequence: memory.sequence + 1 },
    fault,
  };
}

function afterGoodReading(rules: GuardRules, memory: GuardMemory, reading: Reading): GuardMemory {
  if (!memory.hasReference) return resetMemory(rules, memory, reading);
  return memory.badReadings === 0 ? memory : { ...memory, badReadings: 0 };
}

/** Bad readings count only while the robot may move. */
function afterBadReading(memory: GuardMemory, state: SafetyState): GuardMemory {
  const counts = state === 'armed' || state === 'stopping';
  return counts ? { ...memory, badReadings: memory.badReadings + 1 } : memory;
}

interface LimitedTargets {
  readonly targets: Float64Array;
  readonly mask: ReasonMask;
  readonly joints: readonly JointMemory[];
}

function limitAll({ limiters }: GuardRules, memory: GuardMemory, command: Command, reading: Reading): LimitedTargets {
  let mask = NO_REASON;
  const targets = new Float64Array(limiters.length);
  const fits = command.targets.length === targets.length;
  const joints = limiters.map((limiter, i) => {
    const before = memory.joints[i]!;
    const position = reading.positions[i]!;
    const velocity = reading.velocities[i]!;
    const wanted = fits ? command.targets[i]! : NaN;
    const isFinite = Number.isFinite(wanted);
    const limited = isFinite
      ? limiter.limit(before, wanted, position, velocity)
      : limiter.stop(before, position, velocity);
    mask |= isFinite ? limited.mask : reasonBit(GUARD_REASON.nonFiniteAction);
    targets[i] = limited.target;
    return limited.memory;
  });
  return { targets, mask, joints };
}

/** `reading` null: it is not valid, so the stop must do without it. */
function stopAll({ limiters }: GuardRules, memory: GuardMemory, reading: Reading | null): LimitedTargets {
  const targets = new Float64Array(limiters.length);
  const joints = limiters.map((limiter, i) => {
    const limited = limiter.stop(memory.joints[i]!, reading?.positions[i] ?? NaN, reading?.velocities[i] ?? NaN);
    targets[i] = limited.target;
    return limited.memory;
  });
  return { targets, mask: NO_REASON, joints };
}
