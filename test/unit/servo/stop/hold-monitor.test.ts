import assert from 'node:assert/strict';
import type { JointStop, StopPlan } from '../../../../src/robot/stop-plan.ts';
import { HoldMonitor } from '../../../../src/servo/stop/hold-monitor.ts';
import type { ServoStopState } from '../../../../src/servo/stop/stop-settings.ts';

const S = 1e9;
const STEP = (2 * Math.PI) / 4096;

function plan(...joints: readonly Partial<JointStop>[]): StopPlan {
  return {
    robot: 'arm',
    joints: joints.map((joint, i) => ({
      ...{ joint: `joint${i}`, mode: 'hold', holdS: 10, then: 'damp', maxHoldTemperatureC: 60 },
      ...joint,
    })),
  };
}

const ON: ServoStopState = {
  torque: 'on',
  positionSteps: 2000,
  offsetSteps: 0,
  load: 0.2,
  minimumSteps: 0,
  maximumSteps: 4095,
  fullLimit: 1000,
  radOrMPerStep: STEP,
};
const rest = { positionSteps: 2000, temperatureC: 30 };

describe('supervision of joints that hold', () => {
  it('changes a joint to its next mode when its time is over, once', () => {
    const monitor = new HoldMonitor(plan({}, { then: 'torque-off', holdS: 20 }), [ON, ON], 0);
    assert.deepEqual(monitor.check(9.9 * S, [rest, rest]), []);
    assert.deepEqual(monitor.check(10 * S, [rest, rest]), [{ kind: 'change', index: 0, mode: 'damp', reason: 'time' }]);
    assert.deepEqual(monitor.check(10.1 * S, [rest, rest]), []);
    assert.ok(monitor.isHolding);
    assert.deepEqual(monitor.check(20 * S, [null, null]), [
      { kind: 'change', index: 1, mode: 'torque-off', reason: 'time' },
    ]);
    assert.ok(!monitor.isHolding);
  });

  it('changes a joint that is too hot at once, also one that holds without a limit', () => {
    const monitor = new HoldMonitor(plan({ then: 'hold' }), [ON], 0);
    assert.deepEqual(monitor.check(1e6 * S, [{ ...rest, temperatureC: 60 }]), []);
    assert.deepEqual(monitor.check(1e6 * S, [{ ...rest, temperatureC: 61 }]), [
      { kind: 'change', index: 0, mode: 'damp', reason: 'temperature' },
    ]);
  });

  it('gives a joint that sinks by 0.05 rad its torque limit back, once', () => {
    const monitor = new HoldMonitor(plan({}), [ON], 0);
    const steps = Math.floor(0.05 / STEP);
    assert.deepEqual(monitor.check(S, [{ ...rest, positionSteps: 2000 - steps }]), []);
    const sunk = { ...rest, positionSteps: 2000 - steps - 1 };
    assert.deepEqual(monitor.check(S, [sunk]), [{ kind: 'restore-limit', index: 0, fullLimit: 1000 }]);
    assert.deepEqual(monitor.check(S, [sunk]), []);
    assert.equal(monitor.status(S)[0]?.hasFullTorque, true);
  });

  it('ends every hold on request', () => {
    const monitor = new HoldMonitor(plan({ then: 'hold' }, {}, { mode: 'damp', then: 'damp' }), [ON, ON, ON], 0);
    const actions = monitor.endAll();
    assert.deepEqual(
      actions.map((action) => [action.index, action.kind === 'change' && action.mode]),
      [
        [0, 'damp'],
        [1, 'damp'],
      ],
    );
  });

  it('reports the time that is left; a joint without torque does not hold', () => {
    const monitor = new HoldMonitor(plan({}, {}), [ON, { ...ON, torque: 'off' }], 0);
    const [first, second] = monitor.status(4 * S);
    assert.equal(first?.leftS, 6);
    assert.deepEqual([second?.mode, second?.leftS], ['torque-off', null]);
  });
});
