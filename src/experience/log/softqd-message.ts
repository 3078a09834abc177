import { verifiedChecksumField, withoutChecksum } from '../../wire/experience/message-checksum.ts';
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

export function isSoftqdTopic(topic: string): boolean {
  return OWN_TOPICS.has(topic);
}

/** The channel of a softqd topic, independent of the channel and schema records of the file. */
export function softqdChannel(name: TopicName): ChannelInfo {
  return CHANNELS.get(name)!;
}

/**
 * The topic of a message record whose checksum matches, else null. What the checksum does not cover, the time and the sequence number of
 * the header, is compared with its copies in the payload.
 */
export function verifiedTopic(body: Uint8Array): TopicName | null {
  if (!hasEqualTimes(body, 0)) return null;
  const data = body.subarray(MESSAGE_HEADER_BYTES);
  const field = verifiedChecksumField(data);
  const name = field === null ? undefined : NAME_OF_FIELD.get(field);
  if (name === undefined) return null;
  const header = new DataView(body.buffer, body.byteOffset, MESSAGE_HEADER_BYTES);
  const timeNs = header.getUint32(6, true) + header.getUint32(10, true) * 4294967296;
  return payloadHas(name, withoutChecksum(data), header.getUint32(2, true), timeNs) ? name : null;
}

/** Whether log time and publish time of a message record are equal; `at` is the start of its body. */
export function hasEqualTimes(bytes: Uint8Array, at: number): boolean {
  for (let i = at + 6; i < at + 14; i++) if (bytes[i] !== bytes[i + 8]) return false;
  return true;
}

/** Whether a payload has this time and the low 32 bits of this sequence number (0 for topics without one) in its fields. */
function payloadHas(name: TopicName, payload: Uint8Array, sequence: number, timeNs: number): boolean {
  switch (name) {
    case 'transition': {
      // session_uuid, of fewer than 128 bytes, then sequence; monotonic_time_ns is last.
      const at = payload[0] === 0x0a ? 2 + payload[1]! : 0;
      return varintField(payload, at, 0x10).value % 4294967296 === sequence && endsWithTime(payload, timeNs);
    }
    case 'tick': {
      // index, then start_time_ns, a double.
      const index = varintField(payload, 0, 0x08);
      return index.value % 4294967296 === sequence && Math.floor(doubleField(payload, index.end, 0x11)) === timeNs;
    }
    default:
      return sequence === 0 && varintField(payload, 0, 0x08).value === timeNs;
  }
}

/** A varint field at `at`; value 0 when another field is there. `end` is where the next field starts. */
function varintField(payload: Uint8Array, at: number, tag: number): { readonly value: number; readonly end: number } {
  if (payload[at] !== tag) return { value: 0, end: at };
  let value = 0;
  let end = at + 1;
  for (let scale = 1; end < payload.length; scale *= 128) {
    const byte = payload[end++]!;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
  }
  return { value, end };
}

function doubleField(payload: Uint8Array, at: number, tag: number): number {
  if (payload[at] !== tag || at + 9 > payload.length) return 0;
  return new DataView(payload.buffer, payload.byteOffset + at + 1, 8).getFloat64(0, true);
}

/** Whether the last field is monotonic_time_ns of a transition with this value. */
function endsWithTime(payload: Uint8Array, timeNs: number): boolean {
  let bytes = 1;
  for (let rest = timeNs; rest >= 128; rest = Math.floor(rest / 128)) bytes += 1;
  const { value, end } = varintField(payload, payload.length - bytes - 1, 0x70);
  return value === timeNs && (end === payload.length || timeNs === 0);
}
