import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { ByteFaultInjector } from '../../../src/virtual/byte-faults.ts';
import type { TransportFault } from '../../../src/virtual/fault-spec.ts';

function fault(kind: TransportFault['kind'], probability: number, more: Partial<TransportFault> = {}): TransportFault {
  return { kind, probability, delayNs: 0, fromNs: 0, untilNs: Infinity, ...more };
}

function transportOf(faults: readonly TransportFault[], seed = 1): ByteFaultInjector {
  return new ByteFaultInjector(faults, new XoshiroRandom(seed));
}

const BYTES = Uint8Array.from({ length: 10_000 }, (_, i) => i & 255);

describe('byte faults', () => {
  it('leave all bytes unchanged without faults', () => {
    assert.equal(transportOf([]).pass(BYTES, 0).bytes, BYTES);
  });

  it('drop the configured fraction of bytes, and keep the others', () => {
    const transport = transportOf([fault('drop', 0.1)]);
    const { bytes } = transport.pass(BYTES, 0);
    assert.equal(bytes.length, BYTES.length - transport.counters.droppedBytes);
    assert.ok(Math.abs(transport.counters.droppedBytes - 1000) < 100, `${transport.counters.droppedBytes}`);
  });

  it('corrupt a byte always to another value', () => {
    const transport = transportOf([fault('corrupt', 0.1)]);
    const { bytes } = transport.pass(BYTES, 0);
    const changed = BYTES.filter((byte, i) => byte !== bytes[i]).length;
    assert.equal(changed, transport.counters.corruptedBytes);
    assert.ok(Math.abs(changed - 1000) < 100, `${changed}`);
  });

  it('duplicate bytes', () => {
    const { bytes } = transportOf([fault('duplicate', 1)]).pass(Uint8Array.of(1, 2), 0);
    assert.deepEqual([...bytes], [1, 1, 2, 2]);
  });

  it('truncate packets by at least one byte', () => {
    const transport = transportOf([fault('truncate', 1)]);
    for (let i = 0; i < 200; i++) {
      const { bytes } = transport.pass(BYTES.subarray(0, 8), 0);
      assert.ok(bytes.length < 8);
      assert.deepEqual([...bytes], [...BYTES.subarray(0, bytes.length)]);
    }
    assert.equal(transport.counters.truncatedPackets, 200);
  });

  it('delay some packets', () => {
    const transport = transportOf([fault('delay', 0.5, { delayNs: 5e6 })]);
    const delays = Array.from({ length: 1000 }, () => transport.pass(BYTES.subarray(0, 8), 0).delayNs);
    assert.ok(delays.every((delay) => delay === 0 || delay === 5e6));
    assert.ok(Math.abs(delays.filter((delay) => delay > 0).length - 500) < 60);
  });

  it('apply only in their time window', () => {
    const transport = transportOf([fault('drop', 1, { fromNs: 10, untilNs: 20 })]);
    const lengths = [9, 10, 19, 20].map((at) => transport.pass(BYTES.subarray(0, 4), at).bytes.length);
    assert.deepEqual(lengths, [4, 0, 0, 4]);
  });

  it('are the same for the same bytes and seed, in any chunks', () => {
    const faults = [fault('drop', 0.05), fault('corrupt', 0.05), fault('duplicate', 0.05)];
    const whole = transportOf(faults, 7).pass(BYTES, 0).bytes;
    const transport = transportOf(faults, 7);
    const pieces: number[] = [];
    for (let at = 0; at < BYTES.length; at += 37) pieces.push(...transport.pass(BYTES.subarray(at, at + 37), 0).bytes);
    assert.deepEqual(pieces, [...whole]);
    assert.notDeepEqual([...transportOf(faults, 8).pass(BYTES, 0).bytes], pieces);
  });

  it('never modify the given bytes', () => {
    const given = Uint8Array.of(1, 2, 3);
    transportOf([fault('corrupt', 1)]).pass(given, 0);
    assert.deepEqual([...given], [1, 2, 3]);
  });
});
