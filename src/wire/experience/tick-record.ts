import { ROBOT_SIZE_LIMITS } from '../../robot/bounds.ts';
import type { Reading, ResetState } from '../../robot/reading.ts';
import { boundedInteger, boundedNumbers, boundedText, checkArrayLength } from '../bounded.ts';
import { decodeBounded, MAX_REASON_CODES, MAX_VECTOR_LENGTH } from './experience.ts';
import { softqd } from '../generated/messages.js';
import { numbers, readingFromMessage, readingToMessage } from '../reading-message.ts';

/** Exact inputs and outputs of the control loop at one tick: float64, times of the loop's clock. */
export interface TickRecord {
  /** Counts without a gap from 0 within a log. */
  readonly index: number;
  readonly startNs: number;
  readonly reading: Reading;
  /** An episode that began at this tick. */
  readonly episode: TickEpisode | null;
  /** State of the guard before its check. */
  readonly safetyState: string;
  /** null: the control loop ended with this tick. */
  readonly command: TickCommand | null;
}

export interface TickEpisode {
  /** true: the control loop started here, armed at this reading, before the tick's own reading. false: after it. */
  readonly startsLoop: boolean;
  readonly reading: Reading;
  /** The request to the resetter. */
  readonly state: ResetState;
}

export interface TickCommand {
  /** Time of the guard's check. */
  readonly checkedNs: number;
  readonly proposedAction: Float32Array;
  /** Targets after the guard. */
  readonly targets: Float64Array;
  /** Targets that the driver reported as sent. */
  readonly applied: Float64Array;
  readonly reasonCodes: readonly number[];
  readonly policyVersion: number;
}

/** softqd.v1.Tick as bytes. */
export function encodeTick({ index, startNs, reading, episode, safetyState, command }: TickRecord): Uint8Array {
  return softqd.v1.Tick.encode({
    index,
    startTimeNs: startNs,
    arrivalTimeNs: reading.arrivalNs,
    reading: readingToMessage(reading),
    safetyState,
    ...(episode === null ? {} : { episode: episodeToMessage(episode) }),
    ...(command === null ? {} : { command: commandToMessage(command) }),
  }).finish();
}

function episodeToMessage({ startsLoop, reading, state }: TickEpisode): softqd.v1.TickEpisode.$Properties {
  return {
    arms: startsLoop,
    arrivalTimeNs: reading.arrivalNs,
    reading: readingToMessage(reading),
    state: { qposRadOrM: numbers(state.qpos), qvelRadOrMPerS: numbers(state.qvel) },
    ...(state.memory === undefined ? {} : { taskMemory: numbers(state.memory) }),
  };
}

function commandToMessage(command: TickCommand): softqd.v1.TickCommand.$Properties {
  return {
    checkTimeNs: command.checkedNs,
    proposedAction: numbers(command.proposedAction),
    targetRadOrMOrPerSOrNmOrN: numbers(command.targets),
    reasonCodes: [...command.reasonCodes],
    policyVersion: command.policyVersion,
    ...(sameBits(command.applied, command.targets) ? {} : { appliedRadOrMOrPerSOrNmOrN: numbers(command.applied) }),
  };
}

function sameBits(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}

/** Throws E_FRAME_INVALID (not this message, over a bound) or E_FRAME_TOO_LARGE. */
export function decodeTick(bytes: Uint8Array): TickRecord {
  const { index, startTimeNs, arrivalTimeNs, reading, episode, safetyState, command } = decodeBounded(
    'Tick',
    bytes,
    softqd.v1.Tick,
  );
  return {
    index: boundedInteger('index', index),
    startNs: startTimeNs,
    reading: { ...readingFromMessage(reading ?? {}), arrivalNs: arrivalTimeNs },
    episode: episode ? episodeFromMessage(episode) : null,
    safetyState: boundedText('safety_state', safetyState, ROBOT_SIZE_LIMITS.nameLength),
    command: command ? commandFromMessage(command) : null,
  };
}

function episodeFromMessage(message: softqd.v1.TickEpisode.$Properties): TickEpisode {
  const memory = boundedNumbers('task_memory', message.taskMemory ?? [], ROBOT_SIZE_LIMITS.values);
  return {
    startsLoop: message.arms ?? false,
    reading: { ...readingFromMessage(message.reading ?? {}), arrivalNs: message.arrivalTimeNs ?? 0 },
    state: {
      qpos: boundedNumbers('qpos', message.state?.qposRadOrM ?? [], ROBOT_SIZE_LIMITS.values),
      qvel: boundedNumbers('qvel', message.state?.qvelRadOrMPerS ?? [], ROBOT_SIZE_LIMITS.values),
      ...(memory.length === 0 ? {} : { memory }),
    },
  };
}

function commandFromMessage(message: softqd.v1.TickCommand.$Properties): TickCommand {
  const proposed = message.proposedAction ?? [];
  const reasonCodes = message.reasonCodes ?? [];
  checkArrayLength('proposed_action', proposed.length, MAX_VECTOR_LENGTH);
  checkArrayLength('reason_codes', reasonCodes.length, MAX_REASON_CODES);
  const targets = boundedNumbers('target', message.targetRadOrMOrPerSOrNmOrN ?? [], ROBOT_SIZE_LIMITS.joints);
  const applied = boundedNumbers('applied', message.appliedRadOrMOrPerSOrNmOrN ?? [], ROBOT_SIZE_LIMITS.joints);
  return {
    checkedNs: message.checkTimeNs ?? 0,
    proposedAction: Float32Array.from(proposed),
    targets,
    applied: applied.length === 0 ? targets.slice() : applied,
    reasonCodes,
    policyVersion: boundedInteger('policy_version', message.policyVersion ?? 0),
  };
}
