import { SoftqdError } from '../../base/errors.ts';
import { decodeEvent, decodeJointStates, decodeMetrics, decodeTransition } from '../../wire/experience/experience.ts';
import { decodeTick, type TickRecord } from '../../wire/experience/tick-record.ts';
import type { LogEvent, LoggedJointStates, LoggedMetrics } from '../../wire/experience/experience.ts';
import type { Transition } from '../../robot/transition.ts';
import { withoutChecksum } from '../../wire/experience/message-checksum.ts';
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

/** The transition in a verified message, null for other topics. Throws E_LOG_FILE when it cannot be decoded. */
export function transitionIn(message: RawMessage): Transition | null {
  if (message.channel.topic !== TOPICS.transition.topic) return null;
  try {
    return decodeTransition(withoutChecksum(message.data));
  } catch (thrown) {
    throw undecodable(message, thrown);
  }
}

/** Throws E_LOG_FILE when the payload is not a message of its topic. */
export function decodeMessage(message: RawMessage): LogMessage {
  try {
    return decode(message);
  } catch (thrown) {
    throw undecodable(message, thrown);
  }
}

function undecodable({ channel, recordOffset }: RawMessage, cause: unknown): SoftqdError {
  const { topic } = channel;
  return new SoftqdError(
    'E_LOG_FILE',
    `a message of ${topic} in the record at byte ${recordOffset} cannot be decoded`,
    {
      values: { topic, offset: recordOffset },
      cause,
    },
  );
}

function decode({ channel, logTimeNs, data }: RawMessage): LogMessage {
  const bytes = withoutChecksum(data);
  switch (channel.topic) {
    case TOPICS.transition.topic:
      return { kind: 'transition', logTimeNs, transition: decodeTransition(bytes) };
    case TOPICS.event.topic:
      return { kind: 'event', logTimeNs, event: decodeEvent(bytes) };
    case TOPICS.jointStates.topic:
      return { kind: 'jointStates', logTimeNs, jointStates: decodeJointStates(bytes) };
    case TOPICS.metrics.topic:
      return { kind: 'metrics', logTimeNs, metrics: decodeMetrics(bytes) };
    case TOPICS.tick.topic:
      return { kind: 'tick', logTimeNs, tick: decodeTick(bytes) };
    default:
      return { kind: 'other', logTimeNs, topic: channel.topic, data };
  }
}
