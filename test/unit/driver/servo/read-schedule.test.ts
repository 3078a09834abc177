import assert from 'node:assert/strict';
import { ReadSchedule } from '../../../../src/driver/servo/read-schedule.ts';

const MS = 1e6;
const PERIOD = 5 * MS;

/**
 * Plays a line with a tick every period that waits up to half of one for its reading; a read takes `durationNs`. Returns by how much
 * readings came before (or after: negative) their ticks; null where one came too late to be waited for.
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

describe('when servos are read', () => {
  it('without ticks: once a period', () => {
    const schedule = new ReadSchedule(PERIOD);
    schedule.readStarted(100 * MS);
    assert.equal(schedule.nextNs(101 * MS), 105 * MS);
    assert.equal(schedule.nextNs(107 * MS), 107 * MS);
  });

  it('with ticks: once for each, ending as the tick begins', () => {
    const early = play(new ReadSchedule(PERIOD), 3000, () => 1.3 * MS).slice(1000);
    assert.ok(early.every((by) => by !== null && Math.abs(by) < 0.1 * MS));
  });

  it('when reads take now more, now less, most readings come before their tick and none is old', () => {
    // 1.3 to 1.7 ms, evenly.
    const early = play(new ReadSchedule(PERIOD), 6000, (k) => (1.3 + 0.4 * ((k * 0.618) % 1)) * MS).slice(2000);
    const late = early.filter((by) => by === null || by < 0).length / early.length;
    assert.ok(late > 0.02 && late < 0.12, `${late}`);
    assert.ok(early.every((by) => by !== null && by < 0.5 * MS));
  });

  it('when one read in five hundred stalls, the others are not made older for its sake', () => {
    const early = play(new ReadSchedule(PERIOD), 8000, (k) => (k % 500 === 0 ? 4.9 : 1.3) * MS).slice(4000);
    assert.ok(early.every((by, i) => by !== null || (4001 + i) % 500 === 0));
    assert.ok(quantile(early, 0.99) < 0.15 * MS, `${quantile(early, 0.99)}`);
  });

  it('a slower bus is read sooner', () => {
    const schedule = new ReadSchedule(PERIOD);
    play(schedule, 1000, () => 3.5 * MS);
    assert.ok(Math.abs(schedule.lead - 3.5 * MS) < 0.1 * MS, `${schedule.lead}`);
  });
});
