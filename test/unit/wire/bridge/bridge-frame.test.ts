import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SoftqdError } from '../../../../src/base/errors.ts';
import {
  BRIDGE_MAX_PAYLOAD_BYTES,
  BridgeFrameDecoder,
  encodeBridgeFrame,
} from '../../../../src/wire/bridge/bridge-frame.ts';
import { cobsDecode, cobsEncode, cobsMaximumLength } from '../../../../src/wire/bridge/cobs.ts';
import { crc32 } from '../../../../src/wire/crc32.ts';
import { bytesOf, eachOneByteCorruption, hexOf, randomBytes, vectors } from '../../../support/vectors.ts';

const { cobs } = vectors('cobs') as { cobs: { name: string; plain: string; hex: string }[] };
const { frames } = vectors('bridge-frames') as { frames: { name: string; payload: string; hex: string }[] };

function drain(decoder: BridgeFrameDecoder): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  for (let payload = decoder.next(); payload !== null; payload = decoder.next()) payloads.push(payload.slice());
  return payloads;
}

describe('COBS', () => {
  for (const { name, plain, hex } of cobs) {
    it(`encodes and decodes ${name}`, () => {
      const source = bytesOf(plain);
      const encoded = new Uint8Array(cobsMaximumLength(source.length));
      assert.equal(hexOf(encoded.subarray(0, cobsEncode(source, source.length, encoded))), hex);
      const decoded = new Uint8Array(source.length);
      const wire = bytesOf(hex);
      assert.equal(cobsDecode(wire, 0, wire.length, decoded), source.length);
      assert.equal(hexOf(decoded), plain);
    });
  }

  it('round-trips any bytes, without a zero and within its max length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1100 }), (plain) => {
        const encoded = new Uint8Array(cobsMaximumLength(plain.length));
        const length = cobsEncode(plain, plain.length, encoded);
        assert.ok(length <= encoded.length);
        assert.ok(!encoded.subarray(0, length).includes(0));
        const decoded = new Uint8Array(plain.length);
        assert.equal(cobsDecode(encoded, 0, length, decoded), plain.length);
        assert.deepEqual(decoded, plain);
      }),
    );
  });

  it('rejects invalid COBS and too long data, and writes nothing beyond the target', () => {
    const target = new Uint8Array(4);
    for (const hex of [
      '',
      '00',
      '05 11 22',
      '02 00',
      '03 11 00 02',
      'FF 01',
      '06 01 02 03 04 05',
      '01 01 01 01 01 01',
    ]) {
      const wire = bytesOf(hex);
      assert.equal(cobsDecode(wire, 0, wire.length, target), -1, hex);
    }
  });
});

describe('CRC-32', () => {
  it('is that of zip', () => {
    assert.equal(crc32(Buffer.from('123456789')), 0xcbf43926);
    assert.equal(crc32(new Uint8Array(0)), 0);
  });
});

describe('bridge frames', () => {
  for (const { name, payload, hex } of frames) {
    it(`encode and decode ${name}, split at every byte`, () => {
      const wire = bytesOf(hex);
      assert.equal(hexOf(encodeBridgeFrame(bytesOf(payload))), hex);
      for (let split = 0; split <= wire.length; split++) {
        const decoder = new BridgeFrameDecoder();
        decoder.append(wire.subarray(0, split));
        const early = drain(decoder);
        decoder.append(wire.subarray(split));
        assert.deepEqual([...early, ...drain(decoder)].map(hexOf), [payload], `split at ${split}`);
      }
    });
  }

  it('are decoded one by one from single bytes', () => {
    const decoder = new BridgeFrameDecoder();
    const out: string[] = [];
    for (const { hex } of frames) {
      for (const byte of bytesOf(hex)) {
        decoder.append(Uint8Array.of(byte));
        out.push(...drain(decoder).map(hexOf));
      }
    }
    assert.deepEqual(
      out,
      frames.map(({ payload }) => payload),
    );
  });

  it('are never accepted with one byte changed to any other value', () => {
    for (const { hex, name } of frames) {
      const decoder = new BridgeFrameDecoder();
      eachOneByteCorruption(
        bytesOf(hex),
        (damaged, at) => {
          const edge = at === 0 || at === damaged.length - 1;
          decoder.append(damaged.slice());
          const out = drain(decoder);
          if (!edge) assert.deepEqual(out, [], `${name}: byte ${at}`);
          else
            for (const payload of out)
              assert.equal(hexOf(payload), frames.find((frame) => frame.name === name)?.payload);
          decoder.reset();
        },
        hex.length < 300,
      );
    }
  });

  it('are decoded completely after a delimiter that follows corrupt bytes', () => {
    const wire = bytesOf(frames[2]!.hex);
    eachOneByteCorruption(wire, (damaged, at) => {
      const decoder = new BridgeFrameDecoder();
      decoder.append(damaged.slice());
      decoder.append(wire);
      decoder.append(wire);
      const out = drain(decoder).map(hexOf);
      assert.ok(out.length >= 2, `byte ${at}: ${out.length}`);
      for (const payload of out) assert.equal(payload, frames[2]!.payload);
    });
  });

  it('longer than the maximum are counted and skipped in any chunks', () => {
    for (const chunk of [1, 7, 5000]) {
      const decoder = new BridgeFrameDecoder(16);
      const long = encodeBridgeFrame(new Uint8Array(100).fill(7));
      const good = encodeBridgeFrame(Uint8Array.of(1, 2, 3));
      const wire = Uint8Array.from([...long, ...good]);
      const out: Uint8Array[] = [];
      for (let at = 0; at < wire.length; at += chunk) {
        decoder.append(wire.subarray(at, at + chunk));
        out.push(...drain(decoder));
      }
      assert.deepEqual(out, [Uint8Array.of(1, 2, 3)], `chunks of ${chunk}`);
      assert.equal(decoder.counters.tooLong, 1);
    }
  });

  it('that cannot be sent are rejected with a code', () => {
    assert.throws(
      () => encodeBridgeFrame(new Uint8Array(BRIDGE_MAX_PAYLOAD_BYTES + 1)),
      (error) => error instanceof SoftqdError && error.code === 'E_FRAME_TOO_LARGE',
    );
    assert.throws(
      () => encodeBridgeFrame(new Uint8Array(0)),
      (error) => error instanceof SoftqdError && error.code === 'E_FRAME_INVALID',
    );
  });

  it('count each cause of loss once', () => {
    const decoder = new BridgeFrameDecoder();
    const good = bytesOf(frames[2]!.hex);
    const wrongCrc = good.slice();
    wrongCrc[3]! ^= 1;
    for (const wire of [bytesOf('05 11 00'), bytesOf('01 01 01 01 01 00'), wrongCrc, good, bytesOf('00 00 00')])
      decoder.append(wire);
    assert.equal(drain(decoder).length, 1);
    assert.deepEqual(
      { ...decoder.counters, bytes: 0 },
      { frames: 1, bytes: 0, tooLong: 0, notCobs: 1, tooShort: 1, wrongCrc: 1, overflowBytes: 0 },
    );
  });

  it('are dropped and counted beyond the buffer size', () => {
    const decoder = new BridgeFrameDecoder(16);
    const good = encodeBridgeFrame(Uint8Array.of(1, 2, 3));
    for (let i = 0; i < 1000; i++) decoder.append(good);
    const out = drain(decoder);
    assert.ok(decoder.counters.overflowBytes > 0);
    assert.ok(out.length > 50 && out.length < 200, `${out.length}`);
    for (const payload of out) assert.deepEqual(payload, Uint8Array.of(1, 2, 3));
  });

  it('are not found in random bytes', () => {
    const decoder = new BridgeFrameDecoder();
    for (let block = 0; block < 50; block++) {
      decoder.append(randomBytes(block, 20_000));
      assert.deepEqual(drain(decoder), []);
    }
    const { notCobs, wrongCrc, tooLong } = decoder.counters;
    assert.ok(notCobs > 0 && wrongCrc > 0 && tooLong > 0, JSON.stringify(decoder.counters));
  });

  it('survive any order of frames, noise and splits', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 600 }), { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 }),
        (payloads, cuts) => {
          const short = payloads.filter((payload) => payload.length <= BRIDGE_MAX_PAYLOAD_BYTES);
          const wire = Uint8Array.from(short.flatMap((payload) => [...encodeBridgeFrame(payload)]));
          const decoder = new BridgeFrameDecoder();
          const out: Uint8Array[] = [];
          let at = 0;
          let turn = 0;
          while (at < wire.length) {
            const size = cuts[turn++ % cuts.length]!;
            decoder.append(wire.subarray(at, at + size));
            out.push(...drain(decoder));
            at += size;
          }
          assert.deepEqual(out, short);
        },
      ),
    );
  });
});
