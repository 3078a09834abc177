import assert from 'node:assert/strict';
import { ReadSchedule } from '../../../../src/driver/servo/read-schedule.ts';

const MS = 1e6;
const PERIOD = 5 * MS;

/**
 * Simulates a control loop whose tick waits up to half a period for its reading; a read takes `durationNs`. Returns how long each reading
 * arrived before (negative: after) its tick; null where it was later than the wait.
 */
function play(schedule: ReadSchedule, ticks: number, durationNs: (k: number) => number): (number | null)[] {
  const early: (number | null)[] = [];
  schedule.onTick(0);
  let startNs = schedule.nextNs(0);
  for (let k = 1; k <= ticks; k++) {
    const tickNs = k * PERIOD;
    const endNs = startNs + durationNs(k);
    schedule.readStarted(startNs);
    if (endNs <= tickNs) schedule.readFinished(endNs);
    schedule.onTick(tickNs);
    if (endNs > tickNs) schedule.readFinished(endNs);
    early.push(endNs <= tickNs + PERIOD / 2 ? tickNs - endNs : null);
    startNs = schedule.nextNs(Math.max(tickNs, endNs));
  }
  return early;
}

const quantile = (values: readonly (number | null)[], part: number): number =>
  values.map((value) => value ?? -Infinity).sort((a, b) => a - b)[Math.floor(part * values.length)]!;

describe('the schedule of servo reads', () => {
  it('reads once per period without ticks', () => {
    const schedule = new ReadSchedule(PERIOD);
    schedule.readStarted(100 * MS);
    assert.equal(schedule.nextNs(101 * MS), 105 * MS);
    assert.equal(schedule.nextNs(107 * MS), 107 * MS);
  });

  it('reads once per tick, ending when the tick starts', () => {
    const early = play(new ReadSchedule(PERIOD), 3000, () => 1.3 * MS).slice(1000);
    assert.ok(early.every((by) => by !== null && Math.abs(by) < 0.1 * MS));
  });

  it('delivers most readings before their tick with varying durations, and none is old', () => {
    // 1.3 to 1.7 ms, evenly.
    const early = play(new ReadSchedule(PERIOD), 6000, (k) => (1.3 + 0.4 * ((k * 0.618) % 1)) * MS).slice(2000);
    const late = early.filter((by) => by === null || by < 0).length / early.length;
    assert.ok(late > 0.02 && late < 0.12, `${late}`);
    assert.ok(early.every((by) => by !== null && by < 0.5 * MS));
  });

  it('does not make readings older when one read in 500 stalls', () => {
    const early = play(new ReadSchedule(PERIOD), 8000, (k) => (k % 500 === 0 ? 4.9 : 1.3) * MS).slice(4000);
    assert.ok(early.every((by, i) => by !== null || (4001 + i) % 500 === 0));
    assert.ok(quantile(early, 0.99) < 0.15 * MS, `${quantile(early, 0.99)}`);
  });

  it('reads a slower bus earlier', () => {
    const schedule = new ReadSchedule(PERIOD);
    play(schedule, 1000, () => 3.5 * MS);
    assert.ok(Math.abs(schedule.lead - 3.5 * MS) < 0.1 * MS, `${schedule.lead}`);
  });
});
