import { SoftqdError } from '../../base/errors.ts';
import {
  DYNAMIXEL_ALERT,
  DYNAMIXEL_BROADCAST,
  DYNAMIXEL_STATUS,
  DynamixelPacketDecoder,
  dynamixelFastReplyBytes,
  encodeDynamixelInstruction,
  matchDynamixelReply,
  parseDynamixelFastReply,
  readDynamixelError,
  type DynamixelInstruction,
  type DynamixelPacket,
} from '../../wire/dynamixel/index.ts';
import {
  longestReply,
  readAddressOf,
  totalReplyBytes,
  type ExpectedReply,
  type ReceivedPacket,
  type ReplyReader,
  type Request,
  type ServoPackets,
} from './request.ts';

/** Header, id, length, instruction, error and CRC of a reply. */
const FRAME_BYTES = 11;
/** Model and firmware. */
const PING_BYTES = 3;
/** Counted by the length field in addition to data: instruction, error, CRC. */
const AROUND_DATA = 4;
/** One byte in three may be followed by a stuffed one. */
const STUFFED = 4 / 3;
/** Lets the reader recognize replies whose length differs by a few bytes. */
const MIN_PACKET_LENGTH = 16;

function request(instruction: DynamixelInstruction, expected: readonly ExpectedReply[]): Request {
  const fast = instruction.kind === 'fastSyncRead';
  return {
    bytes: encodeDynamixelInstruction(instruction),
    expected,
    maxDataBytes: fast ? fastReplyBytes(expected) : longestReply(expected),
    replyBytes: fast ? fastReplyBytes(expected) : totalReplyBytes(expected, FRAME_BYTES),
    fast,
    readAddress: readAddressOf(instruction),
    description: instruction.kind,
  };
}

function fastReplyBytes(expected: readonly ExpectedReply[]): number {
  return dynamixelFastReplyBytes(expected.map(({ dataLength }) => dataLength));
}

function parseReply(packet: DynamixelPacket, { expected, fast }: Request): ReceivedPacket {
  // The error byte of a status is part of its frame and of `parameters`; stuffing is not counted.
  const packetBytes = packet.parameters.length + FRAME_BYTES - 1;
  const unexpected: ReceivedPacket = { kind: 'unexpected', id: packet.id, packetBytes };
  if (fast && packet.id === DYNAMIXEL_BROADCAST) {
    const blocks = parseDynamixelFastReply(packet, expected);
    if (blocks === null)
      return packet.instruction === DYNAMIXEL_STATUS
        ? { kind: 'wrong-length', id: packet.id, got: packet.parameters.length, packetBytes }
        : unexpected;
    return {
      kind: 'replies',
      replies: blocks.map(({ id, error, data }) => ({ id, error, rejected: (error & 0x7f) !== 0, data })),
    };
  }
  const wanted = expected.find(({ id }) => id === packet.id);
  if (wanted === undefined || fast) return unexpected;
  const reply = matchDynamixelReply(packet, wanted);
  switch (reply.kind) {
    case 'data':
      return {
        kind: 'replies',
        replies: [{ id: reply.id, error: reply.alert ? DYNAMIXEL_ALERT : 0, rejected: false, data: reply.data }],
      };
    case 'refused': {
      const { alert, number } = reply.error;
      const error = number | (alert ? DYNAMIXEL_ALERT : 0);
      return { kind: 'replies', replies: [{ id: reply.id, error, rejected: true, data: new Uint8Array() }] };
    }
    case 'wrong-length':
      return { kind: 'wrong-length', id: reply.id, got: reply.got, packetBytes };
    case 'wrong-id':
    case 'not-a-status':
      return unexpected;
  }
}

function newReader(maxDataBytes: number): ReplyReader {
  const decoder = new DynamixelPacketDecoder(
    Math.max(MIN_PACKET_LENGTH, Math.ceil(maxDataBytes * STUFFED) + AROUND_DATA),
  );
  return {
    counters: decoder.counters,
    append: (chunk) => decoder.append(chunk),
    flush: () => decoder.flush(),
    next: (pending) => {
      const packet = decoder.next();
      return packet === null ? null : parseReply(packet, pending);
    },
  };
}

const ERROR_TEXT: Readonly<Record<string, string>> = {
  'result-fail': 'result fail',
  instruction: 'instruction error (not supported)',
  'data-range': 'data range error, or the bus watchdog has triggered',
  'data-length': 'data length error',
  'data-limit': 'data limit error (see the limit registers)',
  access: 'access error: read-only register, or torque is on',
  unknown: 'unknown reason (newer firmware)',
};

/** Packets of Dynamixel protocol 2.0. */
export const dynamixelPackets: ServoPackets = {
  newReader,
  broadcastPing: () => ({
    ...request({ kind: 'ping', id: DYNAMIXEL_BROADCAST }, []),
    expected: Array.from({ length: 253 }, (_, id) => ({ id, dataLength: PING_BYTES })),
  }),
  // Servos reply in order of ID, 3 ms apart according to the vendor.
  broadcastMs: 760,
  pingRequest: (id) => request({ kind: 'ping', id }, [{ id, dataLength: PING_BYTES }]),
  parseIdentity: ({ id, data }) => ({ id, modelNumber: data[0]! | (data[1]! << 8), firmware: String(data[2]!) }),
  read: (id, { address, length }) => request({ kind: 'read', id, address, length }, [{ id, dataLength: length }]),
  write: (id, address, data) => request({ kind: 'write', id, address, data }, [{ id, dataLength: 0 }]),
  syncRead: ({ address, length }, ids, fast) =>
    request(
      { kind: fast ? 'fastSyncRead' : 'syncRead', address, length, ids },
      ids.map((id) => ({ id, dataLength: length })),
    ),
  syncWrite: ({ address, length }, items) => encodeDynamixelInstruction({ kind: 'syncWrite', address, length, items }),
  reboot: (id) => request({ kind: 'reboot', id }, [{ id, dataLength: 0 }]),
  rebootMs: 300,
  statusBitNames: (error) => ((error & DYNAMIXEL_ALERT) === 0 ? [] : ['hardware-alert']),
  statusError: ({ id, error }, what) => {
    if (error === 0) return null;
    const { alert, name, number } = readDynamixelError(error);
    if (name === 'crc') {
      return new SoftqdError('E_SERVO_CHECKSUM', `servo ${id}: received a corrupt instruction (${what})`, {
        values: { id, error },
      });
    }
    if (number !== 0) {
      return new SoftqdError('E_SERVO_REJECTED', `servo ${id} rejected ${what} (${name}): ${ERROR_TEXT[name] ?? ''}`, {
        values: { id, reason: name, error, alert },
      });
    }
    return new SoftqdError('E_SERVO_STATUS', `servo ${id} reports a hardware error (${what})`, {
      hint: `See register Hardware Error Status. Remove the cause, then run softqd clear-fault ${id}.`,
      values: { id, bits: ['hardware-alert'], error },
    });
  },
};
