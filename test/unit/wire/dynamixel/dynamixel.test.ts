import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SoftqdError } from '../../../../src/base/errors.ts';
import {
  crc16,
  DynamixelPacketDecoder,
  dynamixelFastReplyBytes,
  encodeDynamixelFastReply,
  encodeDynamixelInstruction,
  encodeDynamixelPacket,
  encodeDynamixelStatus,
  parseDynamixelFastReply,
  parseDynamixelInstruction,
  X_SERIES_REGISTERS,
} from '../../../../src/wire/dynamixel/index.ts';
import type {
  DynamixelInstruction,
  DynamixelPacket,
  XSeriesRegisterName,
} from '../../../../src/wire/dynamixel/index.ts';
import { readRegister } from '../../../../src/wire/registers.ts';
import {
  bytesOf,
  eachOneByteCorruption,
  hexOf,
  randomBytes,
  vectors,
  withBytes,
  withHex,
} from '../../../support/vectors.ts';

interface Status {
  name: string;
  hex: string;
  id: number;
  error: number;
  data: string;
  registers?: Record<string, number>;
}
interface Fast {
  name: string;
  hex: string;
  blocks: { id: number; error: number; data: string }[];
}
const { instructions, statuses, fastReplies } = vectors('dynamixel') as {
  instructions: { name: string; hex: string; means: Record<string, unknown> }[];
  statuses: Status[];
  fastReplies: Fast[];
};
const all = [...instructions, ...statuses, ...fastReplies];

function drain(decoder: DynamixelPacketDecoder): DynamixelPacket[] {
  const packets: DynamixelPacket[] = [];
  for (let packet = decoder.next(); packet !== null; packet = decoder.next()) packets.push(packet);
  return packets;
}

function decodeOne(wire: Uint8Array): DynamixelPacket {
  const decoder = new DynamixelPacketDecoder();
  decoder.append(wire);
  const packets = drain(decoder);
  assert.equal(packets.length, 1);
  return packets[0]!;
}

describe('Dynamixel packets', () => {
  it('have the CRC-16 of the vendor', () => {
    assert.equal(crc16(Buffer.from('123456789')), 0xfee8);
  });

  for (const { name, hex, means } of instructions) {
    it(`instruction in both directions: ${name}`, () => {
      assert.equal(hexOf(encodeDynamixelInstruction(withBytes(means) as DynamixelInstruction)), hex);
      assert.deepEqual(withHex(parseDynamixelInstruction(decodeOne(bytesOf(hex)))), means);
    });
  }

  for (const { name, hex, id, error, data, registers } of statuses) {
    it(`status in both directions: ${name}`, () => {
      assert.equal(hexOf(encodeDynamixelStatus(id, error, bytesOf(data))), hex);
      const packet = decodeOne(bytesOf(hex));
      assert.equal(packet.id, id);
      assert.equal(packet.parameters[0], error);
      assert.equal(hexOf(packet.parameters.subarray(1)), data);
      for (const [register, value] of Object.entries(registers ?? {})) {
        assert.equal(readRegister(X_SERIES_REGISTERS[register as XSeriesRegisterName], packet.parameters, 1), value);
      }
    });
  }

  for (const { name, hex, blocks } of fastReplies) {
    it(`fast reply in both directions: ${name}`, () => {
      const plain = blocks.map(({ id, error, data }) => ({ id, error, data: bytesOf(data) }));
      assert.equal(hexOf(encodeDynamixelFastReply(plain)), hex);
      assert.equal(dynamixelFastReplyBytes(plain.map(({ data }) => data.length)), bytesOf(hex).length);
      const expected = plain.map(({ id, data }) => ({ id, dataLength: data.length }));
      assert.deepEqual(withHex(parseDynamixelFastReply(decodeOne(bytesOf(hex)), expected)), blocks);
      assert.equal(parseDynamixelFastReply(decodeOne(bytesOf(hex)), [...expected].reverse()), null);
      assert.equal(parseDynamixelFastReply(decodeOne(bytesOf(hex)), expected.slice(1)), null);
    });
  }

  it('are decoded when split at every byte', () => {
    for (const { hex, name } of all) {
      const wire = bytesOf(hex);
      const whole = withHex(decodeOne(wire));
      for (let split = 0; split <= wire.length; split++) {
        const decoder = new DynamixelPacketDecoder();
        decoder.append(wire.subarray(0, split));
        const early = drain(decoder);
        decoder.append(wire.subarray(split));
        assert.deepEqual([...early, ...drain(decoder)].map(withHex), [whole], `${name} split at ${split}`);
        assert.equal(decoder.counters.skippedBytes, 0);
      }
    }
  });

  it('with one byte changed to any other value are dropped', () => {
    for (const { hex, name } of all) {
      const decoder = new DynamixelPacketDecoder();
      eachOneByteCorruption(bytesOf(hex), (damaged, at) => {
        decoder.append(damaged);
        assert.deepEqual(drain(decoder), [], `${name}: byte ${at}`);
        decoder.flush();
      });
    }
  });

  it('are found after noise, headers without packets and a corrupt length', () => {
    const good = bytesOf(statuses[1]!.hex);
    for (const noise of [
      '',
      '00',
      'FF',
      'FF FF',
      'FF FF FD',
      'FF FF FD 00',
      'FF FF FD 00 01',
      'FF FF FD 00 01 02 00 55',
      'FF FF FD 00 01 09 00 55 00',
      'FF FF FF FF FF',
      'FF FF FD FD',
      'FF FF FD 00 01 FF FF 55',
    ]) {
      const decoder = new DynamixelPacketDecoder(64);
      for (const wire of [bytesOf(noise), good, good, good]) decoder.append(wire);
      const packets = drain(decoder);
      assert.ok(packets.length >= 2, `${noise}: ${packets.length}`);
      assert.equal(decoder.counters.bytes, decoder.counters.skippedBytes + packets.length * good.length);
    }
  });

  it('round-trip any instruction, also with data that looks like a header', () => {
    const id = fc.integer({ min: 0, max: 0xfc });
    const word = fc.integer({ min: 0, max: 0xffff });
    const byte = fc.oneof(fc.constantFrom(0xff, 0xfd, 0x00), fc.integer({ min: 0, max: 255 }));
    const bytes = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> =>
      fc.array(byte, { minLength, maxLength }).map((values) => Uint8Array.from(values));
    const data = bytes(1, 30);
    const range = fc.record({ id, address: word, length: word });
    const instruction: fc.Arbitrary<DynamixelInstruction> = fc.oneof(
      fc.record({ kind: fc.constantFrom('ping', 'action', 'reboot', 'clear'), id }),
      fc.record({ kind: fc.constant('read' as const), id, address: word, length: word }),
      fc.record({ kind: fc.constantFrom('write', 'regWrite'), id, address: word, data }),
      fc.record({
        kind: fc.constant('factoryReset' as const),
        id,
        scope: fc.constantFrom('all', 'keep-id', 'keep-id-and-baud'),
      }),
      fc.record({
        kind: fc.constantFrom('syncRead', 'fastSyncRead'),
        address: word,
        length: word,
        ids: fc.array(id, { minLength: 1, maxLength: 30 }),
      }),
      fc.record({
        kind: fc.constantFrom('bulkRead', 'fastBulkRead'),
        items: fc.array(range, { minLength: 1, maxLength: 30 }),
      }),
      fc.record({
        kind: fc.constant('bulkWrite' as const),
        items: fc.array(fc.record({ id, address: word, data }), { minLength: 1, maxLength: 10 }),
      }),
      fc.integer({ min: 1, max: 8 }).chain((length) =>
        fc.record({
          kind: fc.constant('syncWrite' as const),
          address: word,
          length: fc.constant(length),
          items: fc.array(fc.record({ id, data: bytes(length, length) }), { minLength: 1, maxLength: 20 }),
        }),
      ),
    );
    fc.assert(
      fc.property(instruction, (sent) => {
        assert.deepEqual(
          withHex(parseDynamixelInstruction(decodeOne(encodeDynamixelInstruction(sent)))),
          withHex(sent),
        );
      }),
    );
  });

  it('round-trip any fast reply, also with data that other packets would stuff', () => {
    const block = fc.record({
      id: fc.integer({ min: 0, max: 0xfc }),
      error: fc.integer({ min: 0, max: 255 }),
      data: fc
        .array(fc.constantFrom(0xff, 0xfd, 0x00, 0x12), { minLength: 1, maxLength: 12 })
        .map((values) => Uint8Array.from(values)),
    });
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 8 }), (blocks) => {
        const packet = decodeOne(encodeDynamixelFastReply(blocks));
        const expected = blocks.map(({ id, data }) => ({ id, dataLength: data.length }));
        assert.deepEqual(withHex(parseDynamixelFastReply(packet, expected)), withHex(blocks));
      }),
    );
  });

  it('are not found in random bytes, and memory stays bounded', () => {
    const decoder = new DynamixelPacketDecoder();
    for (let block = 0; block < 40; block++) {
      decoder.append(randomBytes(block, 10_000));
      assert.deepEqual(drain(decoder), []);
    }
    assert.ok(decoder.counters.overflowBytes >= 40 * (10_000 - 4096));
  });

  it('that are not a valid instruction are unknown', () => {
    for (const [id, instruction, parameters] of [
      [1, 0x02, [132, 0, 4]],
      [1, 0x03, [132, 0]],
      [1, 0x82, [132, 0, 4, 0, 1]],
      [0xfe, 0x82, [132, 0, 4, 0]],
      [0xfe, 0x82, [132, 0, 4, 0, 0xfe]],
      [0xfe, 0x83, [116, 0, 4, 0, 1, 0, 0, 0]],
      [0xfe, 0x83, [116, 0, 0, 0, 1, 2]],
      [0xfe, 0x92, [1, 144, 0, 2]],
      [0xfe, 0x92, []],
      [0xfe, 0x93, [1, 32, 0, 2, 0, 160]],
      [0xfe, 0x93, []],
      [1, 0x06, [3]],
      [1, 0x10, [1, 0x44, 0x58, 0x4c, 0x23]],
      [1, 0x20, [1]],
    ] as const) {
      const packet = { id, instruction, parameters: Uint8Array.from(parameters) };
      assert.equal(parseDynamixelInstruction(packet).kind, 'unknown', `${instruction}`);
    }
  });

  it('with invalid values are rejected with a code', () => {
    const refused = (error: unknown): boolean => error instanceof SoftqdError && error.code === 'E_SERVO_VALUE';
    assert.throws(() => encodeDynamixelPacket(0xfd, 1), refused);
    assert.throws(() => encodeDynamixelPacket(0xff, 1), refused);
    assert.throws(() => encodeDynamixelPacket(1, 1, new Uint8Array(2000)), refused);
    assert.throws(() => encodeDynamixelInstruction({ kind: 'read', id: 1, address: 70000, length: 1 }), refused);
    assert.throws(
      () =>
        encodeDynamixelInstruction({
          kind: 'syncWrite',
          address: 1,
          length: 2,
          items: [{ id: 1, data: Uint8Array.of(1) }],
        }),
      refused,
    );
  });
});
