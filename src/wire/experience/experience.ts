import { SoftqdError } from '../../base/errors.ts';
import type { Transition } from '../../robot/transition.ts';
import { boundedInteger, checkFrameSize, checkArrayLength } from '../bounded.ts';
import { softqd } from '../generated/messages.js';

/** Max size of an encoded transition, event, joint state or metrics message in bytes. */
export const MAX_EXPERIENCE_BYTES = 1 << 20;
/** Max elements of an observation or an action. */
export const MAX_VECTOR_LENGTH = 65_536;
/** Max reason codes of one transition. */
export const MAX_REASON_CODES = 64;
/** Max joints or named numbers in one message. */
const MAX_NAMES = 4096;

/** Max characters of the message and of the values (as JSON) of an event. */
const MAX_EVENT_TEXT = 65_536;

type TransitionProperties = softqd.v1.Transition.$Properties;

/** An event outside the control loop's data. */
export interface LogEvent {
  readonly monotonicTimeNs: number;
  readonly level: 'info' | 'warning' | 'error';
  /** A stable name: an E_* code, a reason, a state. */
  readonly code: string;
  readonly message: string;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** Joint states of a reading, for plots and 3D; SI units, all arrays as long as `names`. */
export interface LoggedJointStates {
  readonly monotonicTimeNs: number;
  readonly names: readonly string[];
  readonly positions: ArrayLike<number>;
  readonly velocities: ArrayLike<number>;
  readonly efforts: ArrayLike<number>;
}

/** Named numbers at a time. */
export interface LoggedMetrics {
  readonly monotonicTimeNs: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** The protobuf view of a transition; shares its arrays. */
function toProtobuf(transition: Transition): TransitionProperties {
  // The generated encoder accepts any array-like; its types require number[].
  return transition as unknown as TransitionProperties;
}

/** softqd.v1.Transition as bytes. */
export function encodeTransition(transition: Transition): Uint8Array {
  return softqd.v1.Transition.encode(toProtobuf(transition)).finish();
}

/** Throws E_FRAME_INVALID (not this message, over a bound of this file) or E_FRAME_TOO_LARGE (longer than MAX_EXPERIENCE_BYTES). */
export function decodeTransition(bytes: Uint8Array): Transition {
  return transitionFromMessage(decodeBounded('Transition', bytes, softqd.v1.Transition));
}

/** Checks a decoded message against the bounds of this file and converts it. */
function transitionFromMessage(message: TransitionProperties): Transition {
  const reasonCodes = message.reasonCodes ?? [];
  checkArrayLength('reason_codes', reasonCodes.length, MAX_REASON_CODES);
  return {
    sessionUuid: message.sessionUuid ?? '',
    sequence: boundedInteger('sequence', message.sequence ?? 0),
    episode: message.episode ?? 0,
    step: message.step ?? 0,
    observation: vector('observation', message.observation),
    proposedAction: vector('proposed_action', message.proposedAction),
    appliedAction: vector('applied_action', message.appliedAction),
    reasonCodes,
    reward: message.reward ?? 0,
    terminated: message.terminated ?? false,
    truncated: message.truncated ?? false,
    nextObservation: vector('next_observation', message.nextObservation),
    policyVersion: boundedInteger('policy_version', message.policyVersion ?? 0),
    monotonicTimeNs: boundedInteger('monotonic_time_ns', message.monotonicTimeNs ?? 0),
  };
}

/** softqd.v1.Event as bytes; values become JSON, a text is truncated to MAX_EVENT_TEXT characters. */
export function encodeEvent(event: LogEvent): Uint8Array {
  const { monotonicTimeNs, level, code } = event;
  const message = event.message.slice(0, MAX_EVENT_TEXT);
  return softqd.v1.Event.encode({
    monotonicTimeNs,
    level,
    code,
    message,
    valuesJson: valuesToJson(event.values),
  }).finish();
}

/** Throws E_FRAME_INVALID or E_FRAME_TOO_LARGE; an unknown level reads as `info`, invalid values as empty. */
export function decodeEvent(bytes: Uint8Array): LogEvent {
  const message = decodeBounded('Event', bytes, softqd.v1.Event);
  const level = message.level === 'warning' || message.level === 'error' ? message.level : 'info';
  const values = parseValues(message.valuesJson);
  return {
    monotonicTimeNs: boundedInteger('monotonic_time_ns', message.monotonicTimeNs),
    level,
    code: message.code,
    message: message.message,
    ...(values === undefined ? {} : { values }),
  };
}

/** softqd.v1.JointStates as bytes. */
export function encodeJointStates(states: LoggedJointStates): Uint8Array {
  return softqd.v1.JointStates.encode({
    monotonicTimeNs: states.monotonicTimeNs,
    name: states.names as string[],
    positionRadOrM: states.positions as number[],
    velocityRadOrMPerS: states.velocities as number[],
    effortNmOrN: states.efforts as number[],
  }).finish();
}

/** Throws E_FRAME_INVALID or E_FRAME_TOO_LARGE. */
export function decodeJointStates(bytes: Uint8Array): LoggedJointStates {
  const message = decodeBounded('JointStates', bytes, softqd.v1.JointStates);
  checkArrayLength('name', message.name.length, MAX_NAMES);
  checkArrayLength('position', message.positionRadOrM.length, MAX_NAMES);
  checkArrayLength('velocity', message.velocityRadOrMPerS.length, MAX_NAMES);
  checkArrayLength('effort', message.effortNmOrN.length, MAX_NAMES);
  return {
    monotonicTimeNs: boundedInteger('monotonic_time_ns', message.monotonicTimeNs),
    names: message.name,
    positions: Float64Array.from(message.positionRadOrM),
    velocities: Float64Array.from(message.velocityRadOrMPerS),
    efforts: Float64Array.from(message.effortNmOrN),
  };
}

/** softqd.v1.Metrics as bytes; numbers that are not finite are omitted. */
export function encodeMetrics(metrics: LoggedMetrics): Uint8Array {
  const list: { name: string; value: number }[] = [];
  for (const [name, value] of Object.entries(metrics.metrics)) if (Number.isFinite(value)) list.push({ name, value });
  return softqd.v1.Metrics.encode({ monotonicTimeNs: metrics.monotonicTimeNs, metrics: list }).finish();
}

/** Throws E_FRAME_INVALID or E_FRAME_TOO_LARGE. */
export function decodeMetrics(bytes: Uint8Array): LoggedMetrics {
  const message = decodeBounded('Metrics', bytes, softqd.v1.Metrics);
  checkArrayLength('metrics', message.metrics.length, MAX_NAMES);
  const metrics = Object.fromEntries(message.metrics.map(({ name, value }) => [name ?? '', value ?? 0]));
  return { monotonicTimeNs: boundedInteger('monotonic_time_ns', message.monotonicTimeNs), metrics };
}

/** Throws E_FRAME_INVALID or E_FRAME_TOO_LARGE. */
export function decodeBounded<T>(name: string, bytes: Uint8Array, type: { decode(bytes: Uint8Array): T }): T {
  checkFrameSize(bytes, MAX_EXPERIENCE_BYTES);
  try {
    return type.decode(bytes);
  } catch (cause) {
    throw new SoftqdError('E_FRAME_INVALID', `cannot decode softqd.v1.${name} (${bytes.length} bytes)`, {
      values: { message: name, bytes: bytes.length },
      cause,
    });
  }
}

function vector(part: string, values: readonly number[] | null | undefined): Float32Array {
  if (values === null || values === undefined) return new Float32Array(0);
  checkArrayLength(part, values.length, MAX_VECTOR_LENGTH);
  return Float32Array.from(values);
}

/** Values that are not JSON or are too long are omitted: an event never fails. */
function valuesToJson(values: LogEvent['values']): string {
  if (values === undefined) return '';
  try {
    const json = JSON.stringify(values);
    return json.length > MAX_EVENT_TEXT ? '' : json;
  } catch {
    return '';
  }
}

function parseValues(json: string): Readonly<Record<string, unknown>> | undefined {
  if (json === '') return undefined;
  try {
    const values: unknown = JSON.parse(json);
    return typeof values === 'object' && values !== null && !Array.isArray(values)
      ? (values as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
