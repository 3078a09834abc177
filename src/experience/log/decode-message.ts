import { SoftqdError } from '../../base/errors.ts';
import { decodeEvent, decodeJointStates, decodeMetrics, decodeTransition } from '../../wire/experience/experience.ts';
import { decodeTick, type TickRecord } from '../../wire/experience/tick-record.ts';
import type { LogEvent, LoggedJointStates, LoggedMetrics } from '../../wire/experience/experience.ts';
import type { Transition } from '../../robot/transition.ts';
import type { RawMessage } from './record-parser.ts';
import { TOPICS } from './topics.ts';

/** One message of a log; `other` is a topic that softqd does not write. */
export type LogMessage =
  | { readonly kind: 'transition'; readonly logTimeNs: number; readonly transition: Transition }
  | { readonly kind: 'event'; readonly logTimeNs: number; readonly event: LogEvent }
  | { readonly kind: 'jointStates'; readonly logTimeNs: number; readonly jointStates: LoggedJointStates }
  | { readonly kind: 'metrics'; readonly logTimeNs: number; readonly metrics: LoggedMetrics }
  | { readonly kind: 'tick'; readonly logTimeNs: number; readonly tick: TickRecord }
  | { readonly kind: 'other'; readonly logTimeNs: number; readonly topic: string; readonly data: Uint8Array };

/** The transition in a message, null for other topics. Throws E_LOG_FILE when its bytes are damaged. */
export function transitionIn(message: RawMessage): Transition | null {
  if (message.channel.topic !== TOPICS.transition.topic) return null;
  try {
    return decodeTransition(message.data);
  } catch (thrown) {
    throw damaged(message, thrown);
  }
}

/** Throws E_LOG_FILE when the payload is not what its topic says. */
export function decodeMessage(message: RawMessage): LogMessage {
  try {
    return decode(message);
  } catch (thrown) {
    throw damaged(message, thrown);
  }
}

function damaged({ channel, recordOffset }: RawMessage, cause: unknown): SoftqdError {
  const { topic } = channel;
  return new SoftqdError('E_LOG_FILE', `a message of ${topic} in the record at byte ${recordOffset} is damaged`, {
    values: { topic, offset: recordOffset },
    cause,
  });
}

function decode({ channel, logTimeNs, data }: RawMessage): LogMessage {
  switch (channel.topic) {
    case TOPICS.transition.topic:
      return { kind: 'transition', logTimeNs, transition: decodeTransition(data) };
    case TOPICS.event.topic:
      return { kind: 'event', logTimeNs, event: decodeEvent(data) };
    case TOPICS.jointStates.topic:
      return { kind: 'jointStates', logTimeNs, jointStates: decodeJointStates(data) };
    case TOPICS.metrics.topic:
      return { kind: 'metrics', logTimeNs, metrics: decodeMetrics(data) };
    case TOPICS.tick.topic:
      return { kind: 'tick', logTimeNs, tick: decodeTick(data) };
    default:
      return { kind: 'other', logTimeNs, topic: channel.topic, data };
  }
}
