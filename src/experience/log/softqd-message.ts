import { verifiedChecksumField } from '../../wire/experience/message-checksum.ts';
import { experienceDescriptorSet } from './descriptor-set.ts';
import { MESSAGE_HEADER_BYTES } from './mcap-format.ts';
import type { ChannelInfo, SchemaInfo } from './channel-info.ts';
import { TOPICS, type TopicName } from './topics.ts';

class SoftqdChannel implements ChannelInfo {
  readonly id: number;
  readonly topic: string;
  readonly messageEncoding = 'protobuf';
  private readonly schemaName: string;
  private schemaInfo: SchemaInfo | null = null;

  constructor(name: TopicName) {
    const { id, topic, schema } = TOPICS[name];
    this.id = id;
    this.topic = topic;
    this.schemaName = schema;
  }

  get schema(): SchemaInfo {
    this.schemaInfo ??= {
      name: this.schemaName,
      encoding: 'protobuf',
      data: experienceDescriptorSet(this.schemaName),
    };
    return this.schemaInfo;
  }
}

const NAMES = Object.keys(TOPICS) as TopicName[];
const NAME_OF_FIELD = new Map(NAMES.map((name) => [TOPICS[name].checksumField as number, name]));
const CHANNELS = new Map(NAMES.map((name) => [name, new SoftqdChannel(name)]));
const OWN_TOPICS = new Set<string>(Object.values(TOPICS).map(({ topic }) => topic));

/** Position of the record's sequence number as a varint field of the payload: after a text field (transition) or first (tick). */
const SEQUENCE_FIELD: Partial<Record<TopicName, { readonly tag: number; readonly afterText: boolean }>> = {
  transition: { tag: 0x10, afterText: true },
  tick: { tag: 0x08, afterText: false },
};

export function isSoftqdTopic(topic: string): boolean {
  return OWN_TOPICS.has(topic);
}

/** The channel of a softqd topic, independent of the channel and schema records of the file. */
export function softqdChannel(name: TopicName): ChannelInfo {
  return CHANNELS.get(name)!;
}

/**
 * The topic of a message record whose checksum matches, else null. What the checksum does not cover is checked against copies: both times
 * of the header must be equal, and its sequence number is the payload's.
 */
export function verifiedTopic(body: Uint8Array): TopicName | null {
  if (!hasEqualTimes(body, 0)) return null;
  const data = body.subarray(MESSAGE_HEADER_BYTES);
  const field = verifiedChecksumField(data);
  const name = field === null ? undefined : NAME_OF_FIELD.get(field);
  if (name === undefined) return null;
  const sequence = (body[2]! | (body[3]! << 8) | (body[4]! << 16) | (body[5]! << 24)) >>> 0;
  return sequence === payloadSequence(name, data) ? name : null;
}

/** Whether log time and publish time of a message record are equal; `at` is the start of its body. */
export function hasEqualTimes(bytes: Uint8Array, at: number): boolean {
  for (let i = at + 6; i < at + 14; i++) if (bytes[i] !== bytes[i + 8]) return false;
  return true;
}

/** Low 32 bits of the sequence number in a payload, 0 for topics without one. */
function payloadSequence(name: TopicName, data: Uint8Array): number {
  const field = SEQUENCE_FIELD[name];
  if (field === undefined) return 0;
  // A text of fewer than 128 bytes: tag, length, bytes. An absent text leaves the varint first.
  let at = field.afterText && data[0] === 0x0a ? 2 + data[1]! : 0;
  if (data[at++] !== field.tag) return 0;
  let low = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = data[at++]!;
    if (shift < 32) low |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return low >>> 0;
}
