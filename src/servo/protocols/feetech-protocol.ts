import { SoftqdError } from '../../base/errors.ts';
import {
  encodeFeetechInstruction,
  FEETECH_BROADCAST,
  FEETECH_MODELS,
  FeetechPacketDecoder,
  feetechErrorNames,
  matchFeetechReply,
  STS3215_REGISTERS,
  type FeetechInstruction,
} from '../../wire/feetech/index.ts';
import { readRegister } from '../../wire/registers.ts';
import type { BusProtocol, ExpectedReply, ReceivedPacket, ReplyReader, Request } from '../bus/bus-protocol.ts';

/** Header, id, length, error and checksum of a reply. */
const FRAME_BYTES = 6;
/** Firmware (0, 1) and model (3, 4) in one read, which tells a servo from an echo of the request; a ping's answer is bare. */
const IDENTITY_BYTES = 5;
/** A servo's refusals, and replies of a wrong length by little, are told from damage. */
const MIN_DATA_LENGTH = 8;

function request(instruction: FeetechInstruction, expected: readonly ExpectedReply[]): Request {
  return {
    bytes: encodeFeetechInstruction(instruction),
    expected,
    maxDataBytes: Math.max(0, ...expected.map(({ dataLength }) => dataLength)),
    replyBytes: expected.reduce((sum, { dataLength }) => sum + dataLength + FRAME_BYTES, 0),
    fast: false,
    readAddress: /read$/i.test(instruction.kind) && 'address' in instruction ? instruction.address : null,
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
      const wanted = expected.find(({ id }) => id === packet.id);
      if (wanted === undefined) return { kind: 'foreign', id: packet.id };
      const reply = matchFeetechReply(packet, wanted);
      switch (reply.kind) {
        case 'data':
          return { kind: 'answers', answers: [{ id: reply.id, error: 0, refused: false, data: reply.data }] };
        case 'status-error':
          return {
            kind: 'answers',
            answers: [{ id: reply.id, error: reply.error, refused: false, data: reply.data }],
          };
        case 'wrong-length':
          // A servo that refuses answers with the bare error byte.
          return packet.code !== 0 && reply.got === 0
            ? {
                kind: 'answers',
                answers: [{ id: reply.id, error: packet.code, refused: true, data: packet.parameters }],
              }
            : { kind: 'wrong-length', id: reply.id, got: reply.got };
        case 'wrong-id':
          return { kind: 'foreign', id: reply.id };
      }
    },
  };
}

/** Feetech STS/SMS, as the STS3215 speaks it. */
export const feetechProtocol: BusProtocol = {
  name: 'feetech',
  registers: STS3215_REGISTERS,
  maxId: 253,
  models: FEETECH_MODELS,
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
  // No reply comes.
  reboot: (id) => request({ kind: 'reboot', id }, []),
  rebootMs: 800,
  statusBitNames: feetechErrorNames,
  statusError: ({ id, error, refused }, what) => {
    if (error === 0) return null;
    const bits = feetechErrorNames(error);
    return new SoftqdError(
      'E_SERVO_STATUS',
      `servo ${id} ${refused ? 'refused' : 'answered'} ${what} and reports ${bits.join(', ')}`,
      {
        hint: `Remove its cause, then softqd clear-fault ${id}.`,
        values: { id, bits, error },
      },
    );
  },
};
