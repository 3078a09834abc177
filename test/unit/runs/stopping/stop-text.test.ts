import assert from 'node:assert/strict';
import { stopReport, type StopPlan } from '../../../../src/robot/stop-plan.ts';
import { stopError, stopLines } from '../../../../src/runs/stopping/index.ts';
import { SoftqdError } from '../../../../src/base/errors.ts';

const plan: StopPlan = {
  robot: 'arm',
  joints: [
    { joint: 'shoulder', mode: 'hold', holdS: 300, then: 'damp', maxHoldTemperatureC: 60 },
    { joint: 'elbow', mode: 'hold', holdS: 300, then: 'damp', maxHoldTemperatureC: 60 },
    { joint: 'gripper', mode: 'torque-off', holdS: 0, then: 'torque-off', maxHoldTemperatureC: 60 },
  ],
};

describe('the text of a stop', () => {
  it('says what the joints do now', () => {
    assert.deepEqual(stopLines(plan, stopReport(plan, null)), [
      'shoulder, elbow: torque ON, holding; damp in 5 min',
      'gripper: torque off',
    ]);
    const held = { robot: 'arm', joints: plan.joints.slice(0, 2) };
    assert.deepEqual(stopLines(held, stopReport(held, null)), ['torque ON, holding; damp in 5 min']);
  });

  it('names the joints that did not confirm, and is an error then', () => {
    const report = {
      joints: stopReport(plan, null).joints.map((joint) =>
        joint.joint === 'elbow' ? { ...joint, confirmed: false, detail: 'no reply' } : joint,
      ),
    };
    assert.equal(stopLines(plan, report).at(-1), 'NOT confirmed: elbow (no reply)');
    const unconfirmed = stopError(plan, { report, parked: null, failure: null })!;
    assert.equal(unconfirmed.code, 'E_STOP_UNCONFIRMED');
    assert.equal(unconfirmed.exitCode, 1);
    const fault = new SoftqdError('E_SERIAL_LOST', 'unplugged');
    assert.equal(stopError(plan, { report, parked: null, failure: fault }), fault);
    assert.equal(stopError(plan, { report: stopReport(plan, null), parked: null, failure: null }), null);
  });
});
