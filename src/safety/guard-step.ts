import type { RobotSpec } from '../robot/robot-spec.ts';
import type { Command } from '../robot/command.ts';
import type { Reading } from '../robot/reading.ts';
import { GUARD_REASON } from '../robot/reasons.ts';
import type { SoftqdError } from '../base/errors.ts';
import { NS_PER_S } from '../base/clock.ts';
import type { JointInput, JointLimiter, JointMemory } from './joint-limiter.ts';
import type { GuardInput, GuardMemory, SafetyState } from './port.ts';
import { readingError, readingReasons } from './reading-check.ts';
import { NO_REASON, reasonBit, type ReasonMask } from './reason-set.ts';

/** What does not change while a guard lives. */
export interface GuardRules {
  readonly robot: RobotSpec;
  readonly controlPeriodS: number;
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
  return { ...memory, joints, hasReference: true, badReadings: 0, checkedNs: null };
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
  const dtS = elapsedS(counted.checkedNs, nowNs, rules.controlPeriodS);
  const tick = {
    rules,
    memory: restedAfterPause(counted, nowNs, rules),
    reading: readingMask === NO_REASON ? reading : null,
    dtS,
  };
  const isMoving = fault === null && (state === 'armed' || state === 'stopping');
  const limited = stopMask === NO_REASON ? limitAll(tick, command) : stopAll(tick, isMoving);
  return {
    targets: limited.targets,
    mask: stopMask | limited.mask,
    memory: {
      ...counted,
      joints: limited.joints,
      checkedNs: latest(counted.checkedNs, nowNs),
      sequence: memory.sequence + 1,
    },
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

/** A command moves for at most this many periods: after a longer pause the joint has come to rest. */
const MAX_PERIODS = 2;
/** A measured time this close to the period, relative to it, is the period: simulated time is a sum with rounding. */
const PERIOD_TOLERANCE = 1e-6;

/** The time for which a command may move, s: measured, between 0 (time that stands still or goes backwards) and MAX_PERIODS. */
function elapsedS(previousNs: number | null, nowNs: number, periodS: number): number {
  if (previousNs === null) return periodS;
  const measuredS = (nowNs - previousNs) / NS_PER_S;
  if (!(measuredS > 0)) return 0;
  if (Math.abs(measuredS - periodS) <= PERIOD_TOLERANCE * periodS) return periodS;
  return Math.min(measuredS, MAX_PERIODS * periodS);
}

function latest(previousNs: number | null, nowNs: number): number | null {
  if (!Number.isFinite(nowNs)) return previousNs;
  return previousNs === null ? nowNs : Math.max(previousNs, nowNs);
}

/** A position command that was not renewed for MAX_PERIODS has no velocity: the joint is where it was sent. */
function restedAfterPause(memory: GuardMemory, nowNs: number, { controlPeriodS }: GuardRules): GuardMemory {
  const { checkedNs, joints } = memory;
  if (checkedNs === null || !(nowNs - checkedNs > MAX_PERIODS * controlPeriodS * NS_PER_S * (1 + PERIOD_TOLERANCE)))
    return memory;
  return { ...memory, joints: joints.map((joint) => (joint.velocity === 0 ? joint : { ...joint, velocity: 0 })) };
}

interface LimitedTargets {
  readonly targets: Float64Array;
  readonly mask: ReasonMask;
  readonly joints: readonly JointMemory[];
}

interface GuardTick {
  readonly rules: GuardRules;
  readonly memory: GuardMemory;
  /** null: it is not valid, so that a stop must do without it. */
  readonly reading: Reading | null;
  readonly dtS: number;
}

function inputOf({ reading, dtS }: GuardTick, index: number): JointInput {
  return { position: reading?.positions[index] ?? NaN, velocity: reading?.velocities[index] ?? NaN, dtS };
}

function limitAll(tick: GuardTick, command: Command): LimitedTargets {
  const { limiters } = tick.rules;
  let mask = NO_REASON;
  const targets = new Float64Array(limiters.length);
  const fits = command.targets.length === targets.length;
  const joints = limiters.map((limiter, i) => {
    const before = tick.memory.joints[i]!;
    const input = inputOf(tick, i);
    const wanted = fits ? command.targets[i]! : NaN;
    const isFinite = Number.isFinite(wanted);
    const limited = isFinite ? limiter.limit(before, wanted, input) : limiter.decelerate(before, input);
    mask |= isFinite ? limited.mask : reasonBit(GUARD_REASON.nonFiniteAction);
    targets[i] = limited.target;
    return limited.memory;
  });
  return { targets, mask, joints };
}

/** `isMoving`: the robot may move, so that it decelerates within its limits. Otherwise it stops at once. */
function stopAll(tick: GuardTick, isMoving: boolean): LimitedTargets {
  const { limiters } = tick.rules;
  const targets = new Float64Array(limiters.length);
  const joints = limiters.map((limiter, i) => {
    const before = tick.memory.joints[i]!;
    const input = inputOf(tick, i);
    const limited = isMoving ? limiter.decelerate(before, input) : limiter.stop(before, input);
    targets[i] = limited.target;
    return limited.memory;
  });
  return { targets, mask: NO_REASON, joints };
}
