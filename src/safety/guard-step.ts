import type { RobotSpec } from '../robot/robot-spec.ts';
import type { WorkspaceCheck } from '../robot/workspace.ts';
import type { Command } from '../robot/command.ts';
import { isRecovering, type Reading } from '../robot/reading.ts';
import type { JointHealthLimits } from '../robot/health-limits.ts';
import { GUARD_REASON } from '../robot/reasons.ts';
import type { SoftqdError } from '../base/errors.ts';
import {
  follow,
  FOLLOWING,
  followingError,
  isLagging,
  type FollowingJoint,
  type FollowingMemory,
} from './following.ts';
import { elapsedS, isPause, latest, pauseError } from './check-time.ts';
import { checkHealth, type HealthWarning } from './health-check.ts';
import type { JointInput, JointLimiter, JointMemory, LimitedTarget } from './joint-limiter.ts';
import type { GuardInput, GuardMemory, SafetyState } from './port.ts';
import { readingError, readingReasons } from './reading-check.ts';
import { atRecoveringJoints, commandedToMeasured, recoveryWarnings } from './recovering.ts';
import { NO_REASON, reasonBit, type ReasonMask } from './reason-set.ts';
import { keepInWorkspace } from './workspace-limiter.ts';

/** What does not change while a guard lives. */
export interface GuardRules {
  readonly robot: RobotSpec;
  readonly controlPeriodS: number;
  readonly maxAgeNs: number;
  /** Continuous loss of valid readings that becomes a fault, ns. */
  readonly lossFaultNs: number;
  /** Time without a check, while the robot may move, after which it is stopped, ns. */
  readonly pauseStopNs: number;
  /** After arming, limits rise from this fraction in this time; null: they apply in full at once. */
  readonly startUp: { readonly fraction: number; readonly timeS: number } | null;
  /** In the order of the robot's joints. */
  readonly limiters: readonly JointLimiter[];
  /** null: anywhere. */
  readonly workspace: WorkspaceCheck | null;
  /** Which joints are watched for following their commands. */
  readonly following: readonly (FollowingJoint | null)[];
  /** Limits of the motors; null: there are none. */
  readonly health: readonly JointHealthLimits[] | null;
}

export interface GuardStep {
  /** Finite and within every given limit, for any input. */
  readonly targets: Float64Array;
  readonly mask: ReasonMask;
  readonly memory: GuardMemory;
  /** Why the robot is to be faulted now, without deceleration: its state is not known. Or null. */
  readonly fault: SoftqdError | null;
  /** Why it is to decelerate and then stop, or null. */
  readonly stop: SoftqdError | null;
  /** Factor of each joint on its limits; empty: 1. */
  readonly derating: readonly number[];
  /** What began in this step and does not stop the robot. */
  readonly warnings: readonly HealthWarning[];
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
  return {
    ...memory,
    joints,
    hasReference: true,
    lostSinceNs: null,
    checkedNs: null,
    following: limiters.map(() => FOLLOWING),
    recovering: [],
  };
}

/** Pure: command and memory in, limited targets and memory out. */
export function guardStep(rules: GuardRules, memory: GuardMemory, input: GuardInput, state: SafetyState): GuardStep {
  const { command, reading, nowNs } = input;
  const ageNs = nowNs - reading.arrivalNs;
  const readingMask = readingReasons(reading, rules.robot, ageNs, rules.maxAgeNs);
  const counted = readingMask === NO_REASON ? afterGoodReading(rules, memory, reading) : afterBadReading(memory, nowNs);
  const isMoving = state === 'armed' || state === 'stopping';
  const isLost = isMoving && counted.lostSinceNs !== null && nowNs - counted.lostSinceNs >= rules.lossFaultNs;
  const lossError = isLost ? readingError(reading, rules.robot, ageNs, rules.maxAgeNs) : null;
  const dtS = elapsedS(counted.checkedNs, nowNs, rules.controlPeriodS);
  const valid = readingMask === NO_REASON ? reading : null;
  const paused = state === 'armed' ? pauseError(rules, counted.checkedNs, nowNs) : null;
  const health = checkHealth(rules.health, state === 'armed' ? (valid?.health ?? null) : null, counted.health, dtS);
  const tick = {
    rules,
    memory: restedAfterPause(counted, nowNs, rules),
    reading: valid,
    dtS,
    scale: startUpScale(rules, counted),
    derating: health.derating,
  };
  const recoveryMask = valid !== null && isRecovering(valid) ? reasonBit(GUARD_REASON.recovering) : NO_REASON;
  const stopMask = readingMask | recoveryMask | STATE_REASON[nextState(state, lossError, paused ?? health.fault)];
  const limited = stopMask === NO_REASON ? limitAll(tick, command) : stopAll(tick, isMoving && lossError === null);
  const followed = stopMask === NO_REASON ? followAll(tick, limited) : ALL_FOLLOW;
  const { targets, joints } = followed.error === null ? limited : stopWhereTheyLag(tick, followed.following);
  return {
    targets,
    mask: stopMask | limited.mask | (followed.error === null ? NO_REASON : STATE_REASON.stopping),
    memory: {
      ...counted,
      joints,
      following: followed.following ?? counted.following,
      health: health.memory,
      armedS: counted.armedS + dtS,
      checkedNs: latest(counted.checkedNs, nowNs),
      sequence: memory.sequence + 1,
    },
    fault: lossError,
    stop: paused ?? health.fault ?? followed.error,
    derating: health.derating,
    warnings: valid === null ? health.warnings : [...health.warnings, ...recoveryWarnings(rules.robot, memory, valid)],
  };
}

function nextState(state: SafetyState, fault: SoftqdError | null, stop: SoftqdError | null): SafetyState {
  if (fault !== null) return 'faulted';
  return stop === null ? state : 'stopping';
}

function afterGoodReading(rules: GuardRules, memory: GuardMemory, reading: Reading): GuardMemory {
  if (!memory.hasReference) return resetMemory(rules, memory, reading);
  const found = memory.lostSinceNs === null ? memory : { ...memory, lostSinceNs: null };
  return atRecoveringJoints(rules.limiters, found, reading);
}

/** A loss lasts from its first check to the next valid reading. */
function afterBadReading(memory: GuardMemory, nowNs: number): GuardMemory {
  return memory.lostSinceNs !== null || !Number.isFinite(nowNs) ? memory : { ...memory, lostSinceNs: nowNs };
}

function startUpScale({ startUp }: GuardRules, { armedS }: GuardMemory): number {
  if (startUp === null || armedS >= startUp.timeS) return 1;
  return startUp.fraction + (1 - startUp.fraction) * (armedS / startUp.timeS);
}

/** A position command that was not renewed for MAX_PERIODS has no velocity: the joint is where it was sent. */
function restedAfterPause(memory: GuardMemory, nowNs: number, { controlPeriodS }: GuardRules): GuardMemory {
  const { checkedNs, joints } = memory;
  if (!isPause(checkedNs, nowNs, controlPeriodS)) return memory;
  return { ...memory, joints: joints.map((joint) => ({ ...joint, velocity: 0 })) };
}

interface LimitedTargets {
  readonly targets: Float64Array;
  readonly mask: ReasonMask;
  /** Of each joint. */
  readonly masks: readonly ReasonMask[];
  readonly joints: readonly JointMemory[];
}

interface GuardTick {
  readonly rules: GuardRules;
  readonly memory: GuardMemory;
  /** null: it is not valid, so that a stop must do without it. */
  readonly reading: Reading | null;
  readonly dtS: number;
  readonly scale: number;
  /** Factor of each joint on its limits; empty: 1. */
  readonly derating: readonly number[];
}

function inputOf({ reading, dtS, scale, derating }: GuardTick, index: number): JointInput {
  return {
    position: reading?.positions[index] ?? NaN,
    velocity: reading?.velocities[index] ?? NaN,
    dtS,
    scale: scale * (derating[index] ?? 1),
  };
}

function limitAll(tick: GuardTick, command: Command): LimitedTargets {
  const { limiters } = tick.rules;
  const fits = command.targets.length === limiters.length;
  const all = limiters.map((limiter, i) => {
    const before = tick.memory.joints[i]!;
    const input = inputOf(tick, i);
    const wanted = fits ? command.targets[i]! : NaN;
    if (Number.isFinite(wanted)) return limiter.limit(before, wanted, input);
    return { ...limiter.decelerate(before, input), mask: reasonBit(GUARD_REASON.nonFiniteAction) };
  });
  const kept = withinWorkspace(tick, all);
  const limited = collect(kept ?? all, tick);
  return kept === null ? limited : { ...limited, mask: limited.mask | reasonBit(GUARD_REASON.workspaceLimit) };
}

function withinWorkspace(tick: GuardTick, wanted: readonly LimitedTarget[]): readonly LimitedTarget[] | null {
  const { limiters, workspace } = tick.rules;
  if (workspace === null) return null;
  return keepInWorkspace(workspace, {
    wanted,
    braking: limiters.map((limiter, i) => limiter.decelerate(tick.memory.joints[i]!, inputOf(tick, i))),
    restPosition: (i, memory) => limiters[i]!.restPosition(memory, inputOf(tick, i)),
  });
}

/** `isMoving`: the robot may move, so that it decelerates within its limits. Otherwise it stops at once. */
function stopAll(tick: GuardTick, isMoving: boolean): LimitedTargets {
  const all = tick.rules.limiters.map((limiter, i) => {
    const before = tick.memory.joints[i]!;
    const input = inputOf(tick, i);
    return isMoving ? limiter.decelerate(before, input) : limiter.stop(before, input);
  });
  return collect(all, { scale: 1, derating: [] });
}

const RAMPED = reasonBit(GUARD_REASON.velocityLimit) | reasonBit(GUARD_REASON.accelerationLimit);

function collect(
  all: readonly LimitedTarget[],
  { scale, derating }: Pick<GuardTick, 'scale' | 'derating'>,
): LimitedTargets {
  let mask = NO_REASON;
  for (const [i, limited] of all.entries()) {
    mask |= limited.mask;
    if ((limited.mask & RAMPED) === 0) continue;
    if (scale < 1) mask |= reasonBit(GUARD_REASON.startUpLimit);
    if ((derating[i] ?? 1) < 1) mask |= reasonBit(GUARD_REASON.deratingLimit);
  }
  return {
    targets: Float64Array.from(all, ({ target }) => target),
    mask,
    masks: all.map((limited) => limited.mask),
    joints: all.map(({ memory }) => memory),
  };
}

interface Followed {
  /** null: not checked. */
  readonly following: readonly FollowingMemory[] | null;
  readonly error: SoftqdError | null;
}

const ALL_FOLLOW: Followed = { following: null, error: null };

/** An orderly stop. A joint that lags must not be pushed on: it is commanded to where it is. */
function stopWhereTheyLag(tick: GuardTick, following: Followed['following']): LimitedTargets {
  const { rules, memory, reading } = tick;
  const lagging = new Set((following ?? []).flatMap((joint, i) => (isLagging(joint) ? [i] : [])));
  return stopAll({ ...tick, memory: commandedToMeasured(rules.limiters, memory, reading!, lagging) }, true);
}

/** Whether the joints follow: their times, and the fault of the first that has not for too long. */
function followAll({ rules, memory, reading, dtS }: GuardTick, { masks }: LimitedTargets): Followed {
  let error: SoftqdError | null = null;
  const following = memory.following.map((before, i) => {
    const joint = rules.following[i] ?? null;
    if (joint === null || reading === null) return before;
    const input = {
      command: memory.joints[i]!.previous,
      position: reading.positions[i]!,
      velocity: reading.velocities[i]!,
      isCut: (masks[i]! & reasonBit(GUARD_REASON.distanceLimit)) !== 0,
      dtS,
    };
    const after = follow(joint, before, input);
    error ??= followingError(joint, after, input);
    return after;
  });
  return { following, error };
}
