import assert from 'node:assert/strict';
import type { Logger } from '../../../../src/base/logger.ts';
import { BusCounters } from '../../../../src/servo/index.ts';
import { ReadingLossMonitor, type ServoReadState } from '../../../../src/driver/servo/reading-loss.ts';
import { loadRobot } from '../../../support/simulator.ts';

const MS = 1e6;
const robot = loadRobot('so101');
const NO_REPLY = { code: 'E_SERVO_NO_REPLY', detail: 'no reply from servo' };
const CORRUPT = { code: 'E_SERVO_CHECKSUM', detail: 'wrong checksum' };

type Failure = typeof NO_REPLY;

/** The reads of so101 at `nowMs`: each servo that failed has failed since `sinceMs`, once every 20 ms. */
function reads(
  nowMs: number,
  failed: Readonly<Record<number, { failure: Failure; sinceMs: number }>>,
): ServoReadState[] {
  return robot.servoBus!.servos.map(({ id }) => {
    const loss = failed[id];
    if (loss === undefined || loss.sinceMs >= nowMs)
      return { id, atNs: nowMs * MS, miss: null, consecutiveFailures: 0, supplyV: 7.4 };
    const { failure, sinceMs } = loss;
    const consecutiveFailures = Math.floor((nowMs - sinceMs) / 20);
    return { id, atNs: sinceMs * MS, miss: failure, consecutiveFailures, supplyV: 6.1 };
  });
}

function monitor(): { losses: ReadingLossMonitor; messages: string[]; counters: BusCounters } {
  const messages: string[] = [];
  const log = (message: string): void => void messages.push(message);
  const logger: Logger = { debug: log, info: log, warning: log, error: log };
  const counters = new BusCounters();
  const limits = { maxAgeNs: 60 * MS, faultNs: 300 * MS };
  return { losses: new ReadingLossMonitor({ robot, counters, logger, ...limits }), messages, counters };
}

/** The first fault of a loss that begins at 0, with its time in ms. */
function faultOf(
  failed: Parameters<typeof reads>[1],
  untilMs = 2000,
): { code: string; message: string; atMs: number } | null {
  const { losses } = monitor();
  for (let nowMs = 20; nowMs <= untilMs; nowMs += 20) {
    const fault = losses.check(reads(nowMs, failed), nowMs * MS);
    if (fault !== null) return { code: fault.code, message: fault.message, atMs: nowMs };
  }
  return null;
}

describe('readings that stay away', () => {
  it('are reported when they begin and end, and are no fault before the stated time', () => {
    const { losses, messages } = monitor();
    for (let nowMs = 20; nowMs <= 300; nowMs += 20)
      assert.equal(losses.check(reads(nowMs, { 3: { failure: NO_REPLY, sinceMs: 0 } }), nowMs * MS), null);
    losses.check(reads(320, {}), 320 * MS);
    losses.check(reads(340, {}), 340 * MS);
    assert.deepEqual(messages, [
      'so101: no valid reading of elbow_flex for 100 ms, holding: no reply from servo',
      'so101: readings of elbow_flex are back after 320 ms',
    ]);
    assert.equal(losses.losses, 1);
  });

  it('of one servo are its fault, with joint, ID, loss rate and supply voltage', () => {
    const fault = faultOf({ 3: { failure: NO_REPLY, sinceMs: 0 } })!;
    assert.equal(fault.code, 'E_SERVO_NO_REPLY');
    assert.match(
      fault.message,
      /servo 3 \(elbow_flex\).*380 ms; 0\.0 % of its replies lost so far, 6\.1 V in its last/,
    );
    assert.equal(fault.atMs, 380);
    const { losses, counters } = monitor();
    Object.assign(counters.of(3), { requested: 200, lost: 9 });
    const lost = losses.check(reads(400, { 3: { failure: CORRUPT, sinceMs: 0 } }), 400 * MS)!;
    assert.equal(lost.code, 'E_SERVO_CHECKSUM');
    assert.match(lost.message, /4\.5 % of its replies lost/);
  });

  it('of all servos at once are a lost supply', () => {
    const all = Object.fromEntries([1, 2, 3, 4, 5, 6].map((id) => [id, { failure: NO_REPLY, sinceMs: id }]));
    const fault = faultOf(all)!;
    assert.equal(fault.code, 'E_SUPPLY_VOLTAGE');
    assert.match(fault.message, /no reply from any servo .* emergency stop.*6\.1 V in the last reply/);
    delete all[6];
    assert.equal(faultOf(all)!.code, 'E_SERVO_NO_REPLY');
  });

  it('with corrupt replies of several servos are a disturbed bus', () => {
    const two = { 2: { failure: CORRUPT, sinceMs: 0 }, 5: { failure: NO_REPLY, sinceMs: 0 } };
    assert.equal(faultOf(two)!.code, 'E_SERVO_CHECKSUM');
    assert.match(faultOf(two)!.message, /corrupt replies from 2 servos/);
  });

  it('are no fault of a servo after a pause of this process', () => {
    const { losses } = monitor();
    const [first, ...others] = reads(20, {});
    const paused: ServoReadState = { ...first!, miss: NO_REPLY, consecutiveFailures: 1 };
    assert.equal(losses.check([paused, ...others], 5000 * MS), null);
  });

  it('end with one good reading: one damaged frame in three is never a fault', () => {
    const { losses } = monitor();
    for (let i = 1; i < 100; i++) {
      const failed = i % 3 === 0 ? { 1: { failure: CORRUPT, sinceMs: (i - 1) * 20 } } : {};
      assert.equal(losses.check(reads(i * 20, failed), i * 20 * MS), null);
    }
    assert.equal(losses.losses, 0);
  });
});
