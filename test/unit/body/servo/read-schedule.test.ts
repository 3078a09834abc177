import assert from 'node:assert/strict';
import { ReadSchedule } from '../../../../src/body/servo/read-schedule.ts';

const MS = 1e6;
const PERIOD = 5 * MS;

/** Plays a line with commands every period; a read takes `durationNs`. Returns read-to-command times, null for a late reading. */
function play(schedule: ReadSchedule, commands: number, durationNs: (k: number) => number): (number | null)[] {
  const slacks: (number | null)[] = [];
  let startNs = schedule.nextNs(0);
  for (let k = 1; k <= commands; k++) {
    const commandNs = k * PERIOD;
    let slackNs: number | null = null;
    if (startNs < commandNs) {
      schedule.began(startNs);
      const endNs = startNs + durationNs(k);
      if (endNs <= commandNs) slackNs = commandNs - endNs;
    }
    schedule.commanded(commandNs, slackNs);
    slacks.push(slackNs);
    startNs = schedule.nextNs(commandNs);
  }
  return slacks;
}

describe('when servos are read', () => {
  it('without commands: once a period', () => {
    const schedule = new ReadSchedule(PERIOD);
    schedule.began(100 * MS);
    assert.equal(schedule.nextNs(101 * MS), 105 * MS);
    assert.equal(schedule.nextNs(107 * MS), 107 * MS);
  });

  it('with commands: once for each, ending just before it', () => {
    const slacks = play(new ReadSchedule(PERIOD), 3000, () => 1.3 * MS).slice(2000);
    assert.ok(slacks.every((slack) => slack !== null && slack > 0 && slack < 0.35 * MS));
  });

  it('when reads take longer at times, most readings still come in time', () => {
    const slacks = play(new ReadSchedule(PERIOD), 6000, (k) => (k % 50 === 0 ? 1.8 : 1.3) * MS).slice(3000);
    assert.ok(slacks.filter((slack) => slack === null).length <= 60);
    assert.ok(slacks.every((slack) => slack === null || slack < 1 * MS));
  });

  it('when one read in five hundred stalls, the others are not made older for its sake', () => {
    const slacks = play(new ReadSchedule(PERIOD), 8000, (k) => (k % 500 === 0 ? 4 : 1.3) * MS).slice(4000);
    assert.ok(slacks.every((slack, i) => slack !== null || (4001 + i) % 500 === 0));
    assert.ok(slacks.every((slack) => slack === null || slack < 0.6 * MS));
  });

  it('a slower bus is read sooner', () => {
    const schedule = new ReadSchedule(PERIOD);
    play(schedule, 1000, () => 3.5 * MS);
    assert.ok(schedule.lead >= 3.5 * MS && schedule.lead < 4 * MS, `${schedule.lead}`);
  });
});
