import { SoftqdError } from '../../base/errors.ts';
import {
  encodeFeetechInstruction,
  FEETECH_BROADCAST,
  FeetechPacketDecoder,
  feetechErrorNames,
  matchFeetechReply,
  STS3215_REGISTERS,
  type FeetechInstruction,
} from '../../wire/feetech/index.ts';
import { readRegister } from '../../wire/registers.ts';
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

/** Header, id, length, error and checksum of a reply. */
const FRAME_BYTES = 6;
/** Firmware (0, 1) and model (3, 4) in one read. Its reply differs from an echo of the request; the reply to a ping has no data. */
const IDENTITY_BYTES = 5;
/** Lets the reader recognize rejections and replies whose length differs by a few bytes. */
const MIN_DATA_LENGTH = 8;

function request(instruction: FeetechInstruction, expected: readonly ExpectedReply[]): Request {
  return {
    bytes: encodeFeetechInstruction(instruction),
    expected,
    maxDataBytes: longestReply(expected),
    replyBytes: totalReplyBytes(expected, FRAME_BYTES),
    fast: false,
    readAddress: readAddressOf(instruction),
    description: instruction.kind,
  };
}

function newReader(maxDataBytes: number): ReplyReader {
  const decoder = new FeetechPacketDecoder(Math.max(maxDataBytes, MIN_DATA_LENGTH));
  return {
    counters: decoder.counters,
    append: (chunk) => decoder.append(chunk),
    flush: () => decoder.flush(),
    next: ({ expected }): ReceivedPacket | null => {
      const packet = decoder.next();
      if (packet === null) return null;
      const packetBytes = packet.parameters.length + FRAME_BYTES;
      const wanted = expected.find(({ id }) => id === packet.id);
      if (wanted === undefined) return { kind: 'unexpected', id: packet.id, packetBytes };
      const reply = matchFeetechReply(packet, wanted);
      switch (reply.kind) {
        case 'data':
          return { kind: 'replies', replies: [{ id: reply.id, error: 0, rejected: false, data: reply.data }] };
        case 'status-error':
          return {
            kind: 'replies',
            replies: [{ id: reply.id, error: reply.error, rejected: false, data: reply.data }],
          };
        case 'wrong-length':
          // A servo that rejects a request replies with the error byte alone.
          return packet.code !== 0 && reply.got === 0
            ? {
                kind: 'replies',
                replies: [{ id: reply.id, error: packet.code, rejected: true, data: packet.parameters }],
              }
            : { kind: 'wrong-length', id: reply.id, got: reply.got, packetBytes };
        case 'wrong-id':
          return { kind: 'unexpected', id: reply.id, packetBytes };
      }
    },
  };
}

/** Packets of the Feetech STS/SMS protocol, as the STS3215 implements it. */
export const feetechPackets: ServoPackets = {
  newReader,
  broadcastPing: () => ({
    ...request({ kind: 'ping', id: FEETECH_BROADCAST }, []),
    expected: Array.from({ length: 254 }, (_, id) => ({ id, dataLength: 0 })),
  }),
  broadcastMs: 100,
  pingRequest: (id) =>
    request({ kind: 'read', id, address: 0, length: IDENTITY_BYTES }, [{ id, dataLength: IDENTITY_BYTES }]),
  parseIdentity: ({ id, data }) => ({
    id,
    modelNumber: readRegister(STS3215_REGISTERS.modelNumber, data, STS3215_REGISTERS.modelNumber.address),
    firmware: `${data[0]!}.${data[1]!}`,
  }),
  read: (id, { address, length }) => request({ kind: 'read', id, address, length }, [{ id, dataLength: length }]),
  write: (id, address, data) => request({ kind: 'write', id, address, data }, [{ id, dataLength: 0 }]),
  syncRead: ({ address, length }, ids) =>
    request(
      { kind: 'syncRead', address, length, ids },
      ids.map((id) => ({ id, dataLength: length })),
    ),
  syncWrite: ({ address, length }, items) => encodeFeetechInstruction({ kind: 'syncWrite', address, length, items }),
  // There is no reply.
  reboot: (id) => request({ kind: 'reboot', id }, []),
  rebootMs: 800,
  statusBitNames: feetechErrorNames,
  statusError: ({ id, error, rejected }, what) => {
    if (error === 0) return null;
    const bits = feetechErrorNames(error);
    return new SoftqdError(
      'E_SERVO_STATUS',
      `servo ${id} ${rejected ? 'rejected' : 'replied to'} ${what} and reports ${bits.join(', ')}`,
      {
        hint: `Remove the cause, then run softqd clear-fault ${id}.`,
        values: { id, bits, error },
      },
    );
  },
};
