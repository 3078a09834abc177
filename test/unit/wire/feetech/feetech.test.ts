import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SoftqdError } from '../../../../src/base/errors.ts';
import {
  encodeFeetechInstruction,
  encodeFeetechPacket,
  FeetechPacketDecoder,
  feetechErrorNames,
  matchFeetechReply,
  parseFeetechInstruction,
  STS3215_REGISTERS,
} from '../../../../src/wire/feetech/index.ts';
import type { FeetechInstruction, FeetechPacket, Sts3215RegisterName } from '../../../../src/wire/feetech/index.ts';
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
  errors: string[];
  data: string;
  registers?: Record<string, number>;
}
const { instructions, statuses } = vectors('feetech') as {
  instructions: { name: string; hex: string; means: Record<string, unknown> }[];
  statuses: Status[];
};
const all = [...instructions, ...statuses];

function drain(decoder: FeetechPacketDecoder): FeetechPacket[] {
  const packets: FeetechPacket[] = [];
  for (let packet = decoder.next(); packet !== null; packet = decoder.next()) packets.push(packet);
  return packets;
}

function decodeOne(hex: string): FeetechPacket {
  const decoder = new FeetechPacketDecoder();
  decoder.append(bytesOf(hex));
  const packets = drain(decoder);
  assert.equal(packets.length, 1);
  return packets[0]!;
}

describe('Feetech packets', () => {
  for (const { name, hex, means } of instructions) {
    it(`instruction in both directions: ${name}`, () => {
      assert.equal(hexOf(encodeFeetechInstruction(withBytes(means) as FeetechInstruction)), hex);
      assert.deepEqual(withHex(parseFeetechInstruction(decodeOne(hex))), means);
    });
  }

  for (const { name, hex, id, error, errors, data, registers } of statuses) {
    it(`status in both directions: ${name}`, () => {
      assert.equal(hexOf(encodeFeetechPacket(id, error, bytesOf(data))), hex);
      const packet = decodeOne(hex);
      assert.deepEqual(withHex(packet), { id, code: error, parameters: data });
      assert.deepEqual(feetechErrorNames(error), errors);
      for (const [register, value] of Object.entries(registers ?? {})) {
        assert.equal(readRegister(STS3215_REGISTERS[register as Sts3215RegisterName], packet.parameters), value);
      }
    });
  }

  it('are decoded when split at every byte', () => {
    for (const { hex, name } of all) {
      const wire = bytesOf(hex);
      for (let split = 0; split <= wire.length; split++) {
        const decoder = new FeetechPacketDecoder();
        decoder.append(wire.subarray(0, split));
        const early = drain(decoder);
        decoder.append(wire.subarray(split));
        const packets = [...early, ...drain(decoder)];
        assert.deepEqual(
          packets.map(({ id, code, parameters }) => hexOf(encodeFeetechPacket(id, code, parameters))),
          [hex],
          `${name} split at ${split}`,
        );
        assert.equal(decoder.counters.skippedBytes, 0);
      }
    }
  });

  it('with one byte changed are dropped', () => {
    for (const { hex, name } of all) {
      const decoder = new FeetechPacketDecoder();
      eachOneByteCorruption(bytesOf(hex), (damaged, at) => {
        decoder.append(damaged);
        for (const { id, code, parameters } of drain(decoder)) {
          const inner = hexOf(encodeFeetechPacket(id, code, parameters));
          assert.ok(at !== 0 && inner.length < hex.length, `${name}: byte ${at} gave ${inner}`);
        }
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
      'FF FF FF',
      'FF FF FF FF FF',
      'FF FF 01',
      'FF FF 01 04',
      'FF FF 01 00',
      'FF FF 01 05 00 18',
      '12 FF 34 FF FF FE 02',
    ]) {
      const decoder = new FeetechPacketDecoder(16);
      decoder.append(bytesOf(noise));
      decoder.append(good);
      decoder.append(good);
      decoder.append(good);
      const packets = drain(decoder);
      assert.ok(packets.length >= 2, `${noise}: ${packets.length}`);
      assert.equal(decoder.counters.bytes, decoder.counters.skippedBytes + packets.length * good.length);
    }
  });

  it('round-trip any instruction', () => {
    const id = fc.integer({ min: 0, max: 0xfd });
    const byte = fc.integer({ min: 0, max: 255 });
    const data = fc.uint8Array({ minLength: 1, maxLength: 20 });
    const instruction: fc.Arbitrary<FeetechInstruction> = fc.oneof(
      fc.record({ kind: fc.constantFrom('ping', 'action', 'restoreEeprom', 'reboot', 'backup', 'reset'), id }),
      fc.record({ kind: fc.constant('read' as const), id, address: byte, length: byte }),
      fc.record({ kind: fc.constantFrom('write', 'regWrite'), id, address: byte, data }),
      fc.record({
        kind: fc.constant('calibratePosition' as const),
        id,
        position: fc.option(fc.integer({ min: 0, max: 0xffff })),
      }),
      fc.record({
        kind: fc.constant('syncRead' as const),
        address: byte,
        length: byte,
        ids: fc.array(id, { minLength: 1, maxLength: 30 }),
      }),
      fc.integer({ min: 1, max: 6 }).chain((length) =>
        fc.record({
          kind: fc.constant('syncWrite' as const),
          address: byte,
          length: fc.constant(length),
          items: fc.array(fc.record({ id, data: fc.uint8Array({ minLength: length, maxLength: length }) }), {
            minLength: 1,
            maxLength: 20,
          }),
        }),
      ),
    );
    fc.assert(
      fc.property(instruction, (sent) => {
        const decoder = new FeetechPacketDecoder();
        decoder.append(encodeFeetechInstruction(sent));
        assert.deepEqual(withHex(parseFeetechInstruction(decoder.next()!)), withHex(sent));
      }),
    );
  });

  it('have bounded memory and a bounded rate of false packets in random bytes', () => {
    const decoder = new FeetechPacketDecoder();
    const capacity = 4096;
    for (let block = 0; block < 40; block++) {
      decoder.append(randomBytes(block, 10_000));
      for (const { id, parameters } of drain(decoder)) assert.ok(id <= 254 && parameters.length <= 253);
    }
    assert.ok(decoder.counters.overflowBytes >= 40 * (10_000 - capacity));
    assert.ok(decoder.counters.packets < 3, `${decoder.counters.packets} packets in ${40 * capacity} random bytes`);
  });

  it('that are not a valid instruction are unknown', () => {
    for (const [id, code, parameters] of [
      [1, 0x02, [56]],
      [1, 0x03, [56]],
      [1, 0x82, [56, 2, 1]],
      [0xfe, 0x82, [56, 2]],
      [0xfe, 0x82, [56, 2, 0xfe]],
      [0xfe, 0x83, [42, 2, 1, 0, 8, 2]],
      [0xfe, 0x83, [42, 0, 1, 2]],
      [0xfe, 0x83, [42, 2, 0xfe, 0, 8]],
      [1, 0x0b, [1]],
      [1, 0x01, [1]],
      [1, 0x77, []],
    ] as const) {
      assert.equal(
        parseFeetechInstruction({ id, code, parameters: Uint8Array.from(parameters) }).kind,
        'unknown',
        `${code}`,
      );
    }
  });

  it('with invalid values are rejected with a code', () => {
    const refused = (error: unknown): boolean => error instanceof SoftqdError && error.code === 'E_SERVO_VALUE';
    assert.throws(() => encodeFeetechPacket(255, 1), refused);
    assert.throws(() => encodeFeetechPacket(1, 256), refused);
    assert.throws(() => encodeFeetechPacket(1, 1, new Uint8Array(254)), refused);
    assert.throws(
      () =>
        encodeFeetechInstruction({
          kind: 'syncWrite',
          address: 1,
          length: 2,
          items: [{ id: 1, data: Uint8Array.of(1) }],
        }),
      refused,
    );
  });
});

describe('Feetech replies', () => {
  const reply = (id: number, code: number, data: number[]): FeetechPacket => ({
    id,
    code,
    parameters: Uint8Array.from(data),
  });

  it('are accepted only from the requested servo with the requested length', () => {
    const expected = { id: 3, dataLength: 2 };
    assert.deepEqual(matchFeetechReply(reply(3, 0, [1, 2]), expected), {
      kind: 'data',
      id: 3,
      data: Uint8Array.of(1, 2),
    });
    assert.deepEqual(matchFeetechReply(reply(4, 0, [1, 2]), expected), { kind: 'wrong-id', id: 4, expected: 3 });
    assert.deepEqual(matchFeetechReply(reply(3, 0, [1]), expected), {
      kind: 'wrong-length',
      id: 3,
      expected: 2,
      got: 1,
    });
    assert.deepEqual(matchFeetechReply(reply(3, 0x20, [1, 2]), expected), {
      kind: 'status-error',
      id: 3,
      error: 0x20,
      data: Uint8Array.of(1, 2),
    });
  });

  it('name every error bit, also the two without meaning', () => {
    assert.deepEqual(feetechErrorNames(0xff), [
      'voltage',
      'sensor',
      'temperature',
      'current',
      'angle',
      'overload',
      'unknown-6',
      'unknown-7',
    ]);
  });
});
