import assert from 'node:assert/strict';
import { feetech } from '../../../../src/servo/protocols/feetech.ts';
import { dynamixel } from '../../../../src/servo/protocols/dynamixel.ts';
import { holdGoal, stateAhead, stopSettings, type ServoStopState } from '../../../../src/servo/stop/stop-settings.ts';

const STEP = (2 * Math.PI) / 4096;

function state(over: Partial<ServoStopState> = {}): ServoStopState {
  return {
    torque: 'on',
    positionSteps: 2000,
    offsetSteps: 0,
    load: 0,
    minimumSteps: 1000,
    maximumSteps: 3000,
    fullLimit: 1000,
    radOrMPerStep: STEP,
    ...over,
  };
}

describe('the registers of a stop', () => {
  it('hold: the goal is the present position plus the offset that carries the load', () => {
    const settings = stopSettings(feetech, { mode: 'hold' }, state({ offsetSteps: 20, load: 0.4 }));
    assert.deepEqual(settings, [
      ['goalPosition', 2020],
      ['torqueLimit', 520],
    ]);
  });

  it('hold: an offset of any size is limited to 0.04 rad in its direction, and the goal to its range', () => {
    const goal = (over: Partial<ServoStopState>): unknown =>
      stopSettings(feetech, { mode: 'hold' }, state(over)).find(([name]) => name === 'goalPosition')?.[1];
    assert.equal(goal({ offsetSteps: 700 }), 2026);
    assert.equal(goal({ offsetSteps: -700 }), 1974);
    assert.equal(goal({ positionSteps: 2990, offsetSteps: 700 }), 3000);
  });

  it('hold after a timeout: the joint has gone on at its speed, not beyond where its goal lets it rest', () => {
    const goal = (goalSteps: number, stepsPerS: number, over: Partial<ServoStopState> = {}): number =>
      holdGoal(stateAhead(state(over), { goalSteps, stepsPerS }, 0.08));
    assert.equal(goal(2100, 500), 2040);
    assert.equal(goal(1900, -500), 1960);
    assert.equal(goal(2030, 500), 2030);
    assert.equal(goal(2030, 500, { offsetSteps: 20 }), 2030);
    // An obstruction, and a load that pulls the joint away.
    assert.equal(goal(2100, 0), 2000);
    assert.equal(goal(2100, -500), 2000);
  });

  it('hold: the torque limit is at least 15 % and at most that of an armed servo; a Dynamixel counts 885 steps', () => {
    const limit = (load: number, fullLimit: number): unknown =>
      stopSettings(dynamixel, { mode: 'hold' }, state({ load, fullLimit })).at(-1);
    assert.deepEqual(limit(0, 885), ['goalPwm', 133]);
    assert.deepEqual(limit(0.5, 885), ['goalPwm', 576]);
    assert.deepEqual(limit(1, 885), ['goalPwm', 885]);
    assert.deepEqual(limit(0.5, 300), ['goalPwm', 300]);
  });

  it('hold: nothing is written to a servo without torque, damped, or unknown, because a goal turns torque on', () => {
    for (const torque of ['off', 'damp'] as const)
      assert.deepEqual(stopSettings(feetech, { mode: 'hold' }, state({ torque })), []);
    assert.deepEqual(stopSettings(dynamixel, { mode: 'hold' }, null), []);
  });

  it('damp and torque-off: the bus watchdog is turned off first; damping leaves a joint without torque alone', () => {
    assert.deepEqual(stopSettings(dynamixel, { mode: 'damp' }, state()), [
      ['busWatchdog', 0],
      ['goalPwm', 0],
    ]);
    assert.deepEqual(stopSettings(feetech, { mode: 'damp' }, null), [['torqueEnable', 2]]);
    assert.deepEqual(stopSettings(feetech, { mode: 'damp' }, state({ torque: 'off' })), []);
    assert.deepEqual(stopSettings(feetech, { mode: 'torque-off' }, null), [['torqueEnable', 0]]);
  });
});
