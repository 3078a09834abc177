import assert from 'node:assert/strict';
import { NativeTicker } from '../../../src/addon/index.ts';
import { SimulatedClock } from '../../../src/base/clock.ts';
import { ClockTicker } from '../../../src/control/index.ts';
import { createLoopTicker } from '../../../src/runs/loop-clock.ts';
import { applyLoopScheduling } from '../../../src/processes/scheduling.ts';
import { requireAddon } from '../../support/addon.ts';

const NOTHING = {
  rateHz: null,
  rearm: 'manual' as const,
  readingMaxAgeMs: null,
  realTimePriority: 0,
  niceness: 0,
  cpus: [] as readonly number[],
  lockMemory: false,
};

describe('timing of the control loop', () => {
  afterEach(() => {
    delete process.env['SOFTQD_ADDON'];
  });

  it('uses kernel deadlines with the addon and timers without it', function () {
    requireAddon(this);
    assert.ok(createLoopTicker(new SimulatedClock()) instanceof NativeTicker);
    process.env['SOFTQD_ADDON'] = 'none';
    assert.ok(createLoopTicker(new SimulatedClock()) instanceof ClockTicker);
  });

  it('requests nothing by default, and reports what is missing for a request', () => {
    process.env['SOFTQD_ADDON'] = 'none';
    const notes: string[] = [];
    const info = (text: string): number => notes.push(text);
    applyLoopScheduling(NOTHING, { isHardware: true, info });
    assert.equal(notes.length, 0);
    applyLoopScheduling({ ...NOTHING, realTimePriority: 'auto' }, { isHardware: false, info });
    assert.equal(notes.length, 0);
    applyLoopScheduling({ ...NOTHING, realTimePriority: 10 }, { isHardware: false, info });
    assert.match(notes.join(), /require the native addon: disabled/);
  });

  it('auto says in one line what hardware got', () => {
    process.env['SOFTQD_ADDON'] = 'none';
    const notes: string[] = [];
    applyLoopScheduling(
      { ...NOTHING, realTimePriority: 'auto' },
      { isHardware: true, info: (text) => notes.push(text) },
    );
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, /^scheduling: normal; .*require the native addon: disabled/);
  });

  it('reports a rejected request with a hint', function () {
    requireAddon(this);
    const notes: string[] = [];
    applyLoopScheduling({ ...NOTHING, cpus: [1023] }, { isHardware: true, info: (text) => notes.push(text) });
    assert.match(notes.join(), /cpus: permission denied \(sched_setaffinity: EINVAL.*nproc/);
  });
});
