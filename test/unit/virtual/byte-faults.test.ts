import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { FaultLine } from '../../../src/virtual/byte-faults.ts';
import type { LineFault } from '../../../src/virtual/fault-spec.ts';

function fault(kind: LineFault['kind'], probability: number, more: Partial<LineFault> = {}): LineFault {
  return { kind, probability, delayNs: 0, fromNs: 0, untilNs: Infinity, ...more };
}

function lineOf(faults: readonly LineFault[], seed = 1): FaultLine {
  return new FaultLine(faults, new XoshiroRandom(seed));
}

const BYTES = Uint8Array.from({ length: 10_000 }, (_, i) => i & 255);

describe('a bad line', () => {
  it('without faults passes everything as it is', () => {
    assert.equal(lineOf([]).pass(BYTES, 0).bytes, BYTES);
  });

  it('drops about the share of bytes that it is told, and leaves the others', () => {
    const line = lineOf([fault('drop', 0.1)]);
    const { bytes } = line.pass(BYTES, 0);
    assert.equal(bytes.length, BYTES.length - line.counters.droppedBytes);
    assert.ok(Math.abs(line.counters.droppedBytes - 1000) < 100, `${line.counters.droppedBytes}`);
  });

  it('corrupts bytes always into others', () => {
    const line = lineOf([fault('corrupt', 0.1)]);
    const { bytes } = line.pass(BYTES, 0);
    const changed = BYTES.filter((byte, i) => byte !== bytes[i]).length;
    assert.equal(changed, line.counters.corruptedBytes);
    assert.ok(Math.abs(changed - 1000) < 100, `${changed}`);
  });

  it('says bytes twice', () => {
    const { bytes } = lineOf([fault('duplicate', 1)]).pass(Uint8Array.of(1, 2), 0);
    assert.deepEqual([...bytes], [1, 1, 2, 2]);
  });

  it('cuts packets short, never by nothing', () => {
    const line = lineOf([fault('truncate', 1)]);
    for (let i = 0; i < 200; i++) {
      const { bytes } = line.pass(BYTES.subarray(0, 8), 0);
      assert.ok(bytes.length < 8);
      assert.deepEqual([...bytes], [...BYTES.subarray(0, bytes.length)]);
    }
    assert.equal(line.counters.truncatedPackets, 200);
  });

  it('delays some packets', () => {
    const line = lineOf([fault('delay', 0.5, { delayNs: 5e6 })]);
    const delays = Array.from({ length: 1000 }, () => line.pass(BYTES.subarray(0, 8), 0).delayNs);
    assert.ok(delays.every((delay) => delay === 0 || delay === 5e6));
    assert.ok(Math.abs(delays.filter((delay) => delay > 0).length - 500) < 60);
  });

  it('does so only in its window', () => {
    const line = lineOf([fault('drop', 1, { fromNs: 10, untilNs: 20 })]);
    const lengths = [9, 10, 19, 20].map((at) => line.pass(BYTES.subarray(0, 4), at).bytes.length);
    assert.deepEqual(lengths, [4, 0, 0, 4]);
  });

  it('meets the same bytes with the same faults under the same seed, however they are cut', () => {
    const faults = [fault('drop', 0.05), fault('corrupt', 0.05), fault('duplicate', 0.05)];
    const whole = lineOf(faults, 7).pass(BYTES, 0).bytes;
    const line = lineOf(faults, 7);
    const pieces: number[] = [];
    for (let at = 0; at < BYTES.length; at += 37) pieces.push(...line.pass(BYTES.subarray(at, at + 37), 0).bytes);
    assert.deepEqual(pieces, [...whole]);
    assert.notDeepEqual([...lineOf(faults, 8).pass(BYTES, 0).bytes], pieces);
  });

  it('never alters the bytes that it was given', () => {
    const given = Uint8Array.of(1, 2, 3);
    lineOf([fault('corrupt', 1)]).pass(given, 0);
    assert.deepEqual([...given], [1, 2, 3]);
  });
});
