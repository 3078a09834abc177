import { SoftqdError } from '../../base/errors.ts';
import type { Transition } from '../../robot/transition.ts';
import { softqd } from '../../wire/generated/messages.js';
import type { Cursor, LearnerAlert, LearnerMetrics, PolicyBytes, StepDone } from '../port.ts';
import { bounded, floats, integer, text } from './decode.ts';
import { encodeFrame, MAX_FRAME_BYTES, MAX_LARGE_FRAME_BYTES } from './frames.ts';

const v1 = softqd.v1;

export const PROTOCOL_VERSION = 1;
/** Protobuf tag of ToLearner.checkpoint, the one message to the learner that may be large. */
export const CHECKPOINT_TAG = (3 << 3) | 2;
/** Protobuf tag of FromLearner.snapshot, the one message from the learner that may be large. */
export const SNAPSHOT_TAG = (4 << 3) | 2;

const MAX_OBSERVATION = 65536;
const MAX_ACTION = 1024;
const MAX_REASONS = 256;
const MAX_METRICS = 256;
const MAX_TEXT = 4096;

export interface LearnerHello {
  readonly cursor: Cursor;
  /** One readable line: engine and backend. */
  readonly engine: string;
}

export interface LearnerWelcome {
  readonly sessionUuid: string;
  readonly lockStep: boolean;
  /** The newest policy version the daemon has received; 0 = none. */
  readonly policyVersion: number;
}

export type ToLearnerMessage =
  | { readonly kind: 'welcome'; readonly protocolVersion: number; readonly welcome: LearnerWelcome }
  | { readonly kind: 'transition'; readonly transition: Transition }
  | { readonly kind: 'checkpoint'; readonly sequence: number; readonly daemonState: Uint8Array }
  | { readonly kind: 'close' };

export type FromLearnerMessage =
  | { readonly kind: 'hello'; readonly protocolVersion: number; readonly hello: LearnerHello }
  | { readonly kind: 'acknowledge'; readonly cursor: Cursor }
  | { readonly kind: 'stepDone'; readonly stepDone: StepDone }
  | { readonly kind: 'snapshot'; readonly snapshot: PolicyBytes }
  | { readonly kind: 'metrics'; readonly metrics: LearnerMetrics }
  | { readonly kind: 'checkpointDone'; readonly sequence: number; readonly error: string }
  | { readonly kind: 'alert'; readonly alert: LearnerAlert };

/** One message as a frame. Throws E_FRAME_TOO_LARGE. */
export function encodeToLearner(message: ToLearnerMessage): Uint8Array {
  switch (message.kind) {
    case 'welcome':
      return frame(v1.ToLearner.encode({ welcome: { protocolVersion: message.protocolVersion, ...message.welcome } }));
    case 'transition': {
      const t = message.transition;
      return frame(
        v1.ToLearner.encode({
          transition: {
            ...t,
            // The generated code only indexes and counts: typed arrays serve.
            observation: t.observation as unknown as number[],
            proposedAction: t.proposedAction as unknown as number[],
            appliedAction: t.appliedAction as unknown as number[],
            nextObservation: t.nextObservation as unknown as number[],
            reasonCodes: t.reasonCodes as number[],
          },
        }),
      );
    }
    case 'checkpoint':
      return frame(
        v1.ToLearner.encode({ checkpoint: { sequence: message.sequence, daemonState: message.daemonState } }),
        MAX_LARGE_FRAME_BYTES,
      );
    case 'close':
      return frame(v1.ToLearner.encode({ close: {} }));
  }
}

/** Throws E_FRAME_INVALID unless the bytes are one well-formed message within its bounds. */
export function decodeToLearner(payload: Uint8Array): ToLearnerMessage {
  const message = parse(() => v1.ToLearner.decode(payload));
  if (message.transition) return { kind: 'transition', transition: decodeTransition(message.transition) };
  if (message.checkpoint) {
    const { sequence, daemonState } = message.checkpoint;
    return {
      kind: 'checkpoint',
      sequence: integer(sequence, 'sequence'),
      daemonState: Uint8Array.from(daemonState ?? []),
    };
  }
  if (message.welcome) {
    const w = message.welcome;
    return {
      kind: 'welcome',
      protocolVersion: w.protocolVersion ?? 0,
      welcome: {
        sessionUuid: text(w.sessionUuid, 64, 'session_uuid'),
        lockStep: w.lockStep ?? false,
        policyVersion: integer(w.policyVersion, 'policy_version'),
      },
    };
  }
  if (message.close) return { kind: 'close' };
  throw new SoftqdError('E_FRAME_INVALID', 'unknown message to the learner');
}

/** One message as a frame. Throws E_FRAME_TOO_LARGE. */
export function encodeFromLearner(message: FromLearnerMessage): Uint8Array {
  switch (message.kind) {
    case 'hello':
      return frame(v1.FromLearner.encode({ hello: { protocolVersion: message.protocolVersion, ...message.hello } }));
    case 'acknowledge':
      return frame(v1.FromLearner.encode({ acknowledge: message.cursor }));
    case 'stepDone':
      return frame(v1.FromLearner.encode({ stepDone: message.stepDone }));
    case 'snapshot': {
      const { version, sha256, bytes } = message.snapshot;
      return frame(v1.FromLearner.encode({ snapshot: { version, sha256, policy: bytes } }), MAX_LARGE_FRAME_BYTES);
    }
    case 'metrics': {
      const metrics = Object.entries(message.metrics).map(([name, value]) => ({ name, value }));
      return frame(v1.FromLearner.encode({ metrics: { metrics } }));
    }
    case 'checkpointDone':
      return frame(
        v1.FromLearner.encode({
          checkpointDone: { sequence: message.sequence, error: message.error.slice(0, MAX_TEXT) },
        }),
      );
    case 'alert': {
      const { level, code, message: line, hint } = message.alert;
      const alert = { level, code, message: line.slice(0, MAX_TEXT), hint: hint.slice(0, MAX_TEXT) };
      return frame(v1.FromLearner.encode({ alert }));
    }
  }
}

/** Throws E_FRAME_INVALID unless the bytes are one well-formed message within its bounds. */
export function decodeFromLearner(payload: Uint8Array): FromLearnerMessage {
  const message = parse(() => v1.FromLearner.decode(payload));
  if (message.stepDone) {
    const { sequence, updates, policyVersion } = message.stepDone;
    return {
      kind: 'stepDone',
      stepDone: {
        sequence: integer(sequence, 'sequence'),
        updates: integer(updates, 'updates'),
        policyVersion: integer(policyVersion, 'policy_version'),
      },
    };
  }
  if (message.acknowledge) return { kind: 'acknowledge', cursor: decodeCursor(message.acknowledge) };
  if (message.snapshot) {
    const { version, sha256, policy } = message.snapshot;
    const snapshot = {
      version: integer(version, 'version'),
      sha256: text(sha256, 64, 'sha256'),
      bytes: Uint8Array.from(policy ?? []),
    };
    return { kind: 'snapshot', snapshot };
  }
  if (message.metrics) {
    const metrics: Record<string, number> = {};
    for (const { name, value } of bounded(message.metrics.metrics, MAX_METRICS, 'metrics'))
      metrics[text(name, 128, 'name')] = value ?? 0;
    return { kind: 'metrics', metrics };
  }
  if (message.checkpointDone) {
    const { sequence, error } = message.checkpointDone;
    return { kind: 'checkpointDone', sequence: integer(sequence, 'sequence'), error: text(error, MAX_TEXT, 'error') };
  }
  if (message.alert) {
    const { level, code, message: line, hint } = message.alert;
    return {
      kind: 'alert',
      alert: {
        level: level === 'error' ? 'error' : 'warning',
        code: text(code, 64, 'code'),
        message: text(line, MAX_TEXT, 'message'),
        hint: text(hint, MAX_TEXT, 'hint'),
      },
    };
  }
  if (message.hello) {
    const { protocolVersion, cursor, engine } = message.hello;
    return {
      kind: 'hello',
      protocolVersion: protocolVersion ?? 0,
      hello: {
        cursor: cursor ? decodeCursor(cursor) : { sessionUuid: '', sequence: -1 },
        engine: text(engine, MAX_TEXT, 'engine'),
      },
    };
  }
  throw new SoftqdError('E_FRAME_INVALID', 'unknown message from the learner');
}

interface Encoded {
  finish(): Uint8Array;
}

function frame(writer: Encoded, maxBytes = MAX_FRAME_BYTES): Uint8Array {
  return encodeFrame(writer.finish(), maxBytes);
}

function parse<T>(decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw new SoftqdError('E_FRAME_INVALID', 'bytes on the learner link are not a message', { cause });
  }
}

type WireTransition = NonNullable<ReturnType<typeof v1.ToLearner.decode>['transition']>;
type WireCursor = NonNullable<ReturnType<typeof v1.FromLearner.decode>['acknowledge']>;

function decodeCursor(c: WireCursor): Cursor {
  const sequence = integer(c.sequence, 'sequence');
  if (sequence < -1) throw new SoftqdError('E_FRAME_INVALID', `a cursor at ${sequence}`);
  return { sessionUuid: text(c.sessionUuid, 64, 'session_uuid'), sequence };
}

function decodeTransition(t: WireTransition): Transition {
  return {
    sessionUuid: text(t.sessionUuid, 64, 'session_uuid'),
    sequence: integer(t.sequence, 'sequence'),
    episode: t.episode ?? 0,
    step: t.step ?? 0,
    observation: floats(t.observation, MAX_OBSERVATION, 'observation'),
    proposedAction: floats(t.proposedAction, MAX_ACTION, 'proposed_action'),
    appliedAction: floats(t.appliedAction, MAX_ACTION, 'applied_action'),
    reasonCodes: [...bounded(t.reasonCodes, MAX_REASONS, 'reason_codes')],
    reward: t.reward ?? 0,
    terminated: t.terminated ?? false,
    truncated: t.truncated ?? false,
    nextObservation: floats(t.nextObservation, MAX_OBSERVATION, 'next_observation'),
    policyVersion: integer(t.policyVersion, 'policy_version'),
    monotonicTimeNs: integer(t.monotonicTimeNs, 'monotonic_time_ns'),
  };
}
