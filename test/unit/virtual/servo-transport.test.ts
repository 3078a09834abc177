import assert from 'node:assert/strict';
import { SimulatedClock } from '../../../src/base/clock.ts';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { ByteFaultInjector } from '../../../src/virtual/byte-faults.ts';
import type { TransportFault } from '../../../src/virtual/fault-spec.ts';
import { ServoTransport } from '../../../src/virtual/servo-transport.ts';
import { encodeFeetechInstruction, FeetechPacketDecoder } from '../../../src/wire/feetech/index.ts';
import { FeetechBench, MEGABAUD, servoSpec } from '../../support/virtual-feetech.ts';

const START_NS = 1e9;
const PROCESSING_NS = 10_000;
const ALWAYS = { fromNs: 0, untilNs: Infinity };

interface Arrival {
  readonly atNs: number;
  readonly bytes: Uint8Array;
}

function setUp(options: { ids?: number[]; faults?: TransportFault[]; returnDelay?: number; speed?: number } = {}): {
  clock: SimulatedClock;
  transport: ServoTransport;
  arrivals: Arrival[];
  advances: number[];
} {
  const { ids = [1, 2, 3, 4, 5, 6], faults = [], returnDelay = 0, speed = MEGABAUD } = options;
  const bench = new FeetechBench(ids.map((id) => servoSpec(id)));
  for (const id of ids) bench.write(id, 'returnDelay', returnDelay);
  const clock = new SimulatedClock(START_NS);
  const arrivals: Arrival[] = [];
  const advances: number[] = [];
  const random = new XoshiroRandom(1);
  const transport = new ServoTransport(bench.bus, {
    clock,
    startNs: START_NS,
    toDevice: new ByteFaultInjector([], random.fork('a')),
    toHost: new ByteFaultInjector(faults, random.fork('b')),
    groundTruth: null,
    advance: (nowNs) => advances.push(nowNs),
    wrongIds: faults.filter(({ kind }) => kind === 'wrong-id'),
    random: random.fork('c'),
  });
  transport.connect({ speed: () => speed, write: (bytes) => arrivals.push({ atNs: clock.nowNs(), bytes }) });
  return { clock, transport, arrivals, advances };
}

const SYNC_READ = encodeFeetechInstruction({ kind: 'syncRead', address: 56, length: 2, ids: [1, 2, 3, 4, 5, 6] });
const PING = encodeFeetechInstruction({ kind: 'ping', id: 1 });

describe('the transport of a virtual servo bus', () => {
  it('delivers each reply at the transmission time of its last byte, not earlier', () => {
    const { clock, transport, arrivals, advances } = setUp();
    transport.receive(SYNC_READ);
    assert.deepEqual(advances, [START_NS]);
    clock.advanceTo(START_NS + 10e6);
    // 10 us per byte: 14 bytes of request, then 8 per servo.
    const expected = [1, 2, 3, 4, 5, 6].map((n) => START_NS + 14 * 10_000 + n * (8 * 10_000 + PROCESSING_NS));
    assert.deepEqual(
      arrivals.map(({ atNs }) => atNs),
      expected,
    );
  });

  it('adds the return delay of every servo', () => {
    const { clock, transport, arrivals } = setUp({ returnDelay: 250 });
    transport.receive(SYNC_READ);
    clock.advanceTo(START_NS + 10e6);
    assert.equal(arrivals.at(-1)!.atNs, START_NS + 140_000 + 6 * (80_000 + PROCESSING_NS + 500_000));
  });

  it('takes ten times as long at a tenth of the baud rate', () => {
    const { clock, transport, arrivals } = setUp({ speed: 115_200 });
    transport.receive(PING);
    clock.advanceTo(START_NS + 1e9);
    assert.deepEqual(arrivals, []);
    const bench = new FeetechBench([servoSpec(1, { baudRate: 115_200 })]);
    assert.equal(bench.ask({ kind: 'ping', id: 1 }, 115_200).length, 1);
  });

  it('sends nothing to a program with another baud rate', () => {
    const { clock, transport, arrivals } = setUp({ speed: 57_600 });
    transport.receive(PING);
    clock.advanceTo(START_NS + 1e9);
    assert.deepEqual(arrivals, []);
  });

  it('uses the baud rate of the servos for a program that sets none', () => {
    const { clock, transport, arrivals } = setUp({ speed: 0 });
    transport.receive(PING);
    clock.advanceTo(START_NS + 1e6);
    assert.equal(arrivals.length, 1);
  });

  it('processes requests in order: the second waits for the replies to the first', () => {
    const { clock, transport, arrivals } = setUp();
    transport.receive(PING);
    transport.receive(PING);
    clock.advanceTo(START_NS + 10e6);
    const each = 60_000 + 60_000 + PROCESSING_NS;
    assert.deepEqual(
      arrivals.map(({ atNs }) => atNs - START_NS),
      [each, 2 * each],
    );
  });

  it('never delivers a later packet before a delayed one', () => {
    const delay: TransportFault = { kind: 'delay', probability: 0.5, delayNs: 3e6, ...ALWAYS };
    const { clock, transport, arrivals } = setUp({ faults: [delay] });
    transport.receive(SYNC_READ);
    clock.advanceTo(START_NS + 20e6);
    assert.equal(arrivals.length, 6);
    assert.deepEqual(
      arrivals.map(({ bytes }) => bytes[2]),
      [1, 2, 3, 4, 5, 6],
    );
    assert.ok(arrivals.at(-1)!.atNs >= START_NS + 3e6);
  });

  it('replies with another ID and a valid checksum for the fault wrong-id', () => {
    const wrongId: TransportFault = { kind: 'wrong-id', probability: 1, delayNs: 0, ...ALWAYS };
    const { clock, transport, arrivals } = setUp({ faults: [wrongId] });
    const seen = new Set<number>();
    const decoder = new FeetechPacketDecoder();
    for (let i = 0; i < 40; i++) {
      transport.receive(PING);
      clock.advanceTo(START_NS + (i + 1) * 10e6);
    }
    for (const { bytes } of arrivals) decoder.append(bytes);
    for (let packet = decoder.next(); packet !== null; packet = decoder.next()) seen.add(packet.id);
    assert.deepEqual([...seen].sort(), [2, 3, 4, 5, 6]);
    assert.equal(decoder.counters.checksumErrors, 0);
  });

  it('loses packets in transmission on unplug', () => {
    const { clock, transport, arrivals } = setUp();
    transport.receive(SYNC_READ);
    clock.advanceTo(START_NS + 300_000);
    const before = arrivals.length;
    transport.connect(null);
    clock.advanceTo(START_NS + 1e9);
    assert.ok(before > 0 && before < 6);
    assert.equal(arrivals.length, before);
  });

  it('limits the queued replies for a program that does not wait for them', () => {
    const { clock, transport, arrivals } = setUp();
    for (let i = 0; i < 3000; i++) transport.receive(PING);
    clock.advanceTo(START_NS + 10e9);
    assert.equal(arrivals.length, 1024);
  });
});
