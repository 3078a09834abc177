import assert from 'node:assert/strict';
import { parseFaults } from '../../../src/virtual/fault-spec.ts';
import { type FaultTargets, scheduleFaults } from '../../../src/virtual/scheduled-faults.ts';
import { Plant } from '../../../src/virtual/plant.ts';
import type { Mechanics } from '../../../src/virtual/mechanics.ts';

const START_NS = 5e9;
const IDS = [11, 12, 13];

/** Mechanics that count their steps. */
class Counter implements Mechanics {
  readonly stepS = 0.001;
  readonly motors = [];
  readonly positions = new Float64Array();
  readonly velocities = new Float64Array();
  readonly efforts = new Float64Array();
  steps = 0;
  step(): void {
    this.steps++;
  }
  setStuck(): void {
    // No joints.
  }
  dispose(): void {
    // Nothing to release.
  }
}

function run(spec: string, untilMs: number): { readonly log: string[]; readonly body: Counter; readonly plant: Plant } {
  const log: string[] = [];
  let nowMs = 0;
  const note = (text: string): void => {
    log.push(`${nowMs}: ${text}`);
  };
  const targets: FaultTargets = {
    dead: (index, on) => note(`dead ${index} ${on}`),
    stuck: (index, on) => note(`stuck ${index} ${on}`),
    duplicateId: (index, on) => note(`twin ${index} ${on}`),
    reboot: (index, nowNs) => note(`reboot ${index} at ${(nowNs - START_NS) / 1e6}`),
    overload: (index) => note(`overload ${index}`),
    noise: (steps) => note(`noise ${steps}`),
    supply: (volts) => note(`supply ${volts}`),
    unplug: (on) => note(`unplug ${on}`),
  };
  const faults = parseFaults(spec, { ids: IDS, protocol: 'feetech' });
  const body = new Counter();
  const planned = scheduleFaults(faults, targets, { startNs: START_NS, ids: IDS });
  const plant = new Plant({ mechanics: body, drive: () => [], planned, groundTruth: null, nowNs: START_NS });
  for (nowMs = 0; nowMs <= untilMs; nowMs += 5) plant.advance(START_NS + nowMs * 1e6);
  return { log, body, plant };
}

describe('scheduled faults', () => {
  it('start and end at their times after the start', () => {
    const { log } = run('stuck=12@20ms+30ms,dead=13@25ms,noise=2@10ms+5ms,supply=9V@40ms+10ms', 100);
    assert.deepEqual(log, [
      '10: noise 2',
      '15: noise 0',
      '20: stuck 1 true',
      '25: dead 2 true',
      '40: supply 9',
      '50: stuck 1 false',
      '50: supply null',
    ]);
  });

  it('occur once without a duration', () => {
    assert.deepEqual(run('reboot=11@12ms,overload=12@30ms', 100).log, ['15: reboot 0 at 12', '30: overload 1']);
  });

  it('are active from the start without a time', () => {
    assert.deepEqual(run('dead=11', 20).log, ['5: dead 0 true']);
  });

  it('unplug for three seconds without a duration', () => {
    const { log } = run('unplug@10ms', 3100);
    assert.deepEqual(log, ['10: unplug true', '3010: unplug false']);
  });

  it('exclude transport faults', () => {
    assert.deepEqual(run('drop=1%,delay=5ms@10%,wrong-id=1%', 20).log, []);
  });
});

describe('a plant in real time', () => {
  it('runs every step that is due, for any sequence of calls', () => {
    const { body, plant } = run('noise=0', 100);
    assert.equal(body.steps, 100);
    plant.advance(START_NS + 100.9e6);
    assert.equal(body.steps, 100);
    plant.advance(START_NS + 103.5e6);
    assert.equal(body.steps, 103);
    plant.advance(START_NS);
    assert.equal(body.steps, 103);
  });

  it('skips a long pause instead of catching up', () => {
    const { body, plant } = run('noise=0', 0);
    plant.advance(START_NS + 60e9);
    assert.ok(body.steps <= 2, `${body.steps}`);
    assert.ok(plant.skippedSteps > 59_990);
    plant.advance(START_NS + 60.01e9);
    assert.ok(body.steps >= 10 && body.steps <= 12);
  });
});
