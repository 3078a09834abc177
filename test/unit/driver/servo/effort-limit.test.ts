import assert from 'node:assert/strict';
import { effortLimit, servoProtocol } from '../../../../src/servo/index.ts';
import { loadRobot } from '../../../support/simulator.ts';
import { PROTOCOLS, servoFixture, testRobot } from './servo-fixture.ts';

describe('the torque limit of a joint', () => {
  const feetech = servoProtocol('feetech');
  const so101 = loadRobot('so101');

  it('is its maximum effort relative to the stall torque at the present supply voltage', () => {
    const steps = (joint: number, volts: number): unknown => {
      const limit = effortLimit(feetech, so101, joint, volts);
      return limit.kind === 'limit' ? limit.steps : limit.reason;
    };
    assert.deepEqual([steps(0, 7.4), steps(0, 12), steps(0, 5)], [1000, 650, 1000]);
    assert.deepEqual([steps(5, 7.4), steps(5, 12), steps(5, 5)], [500, 325, 740]);
    assert.equal(steps(0, 0), 'shoulder_pan: supply voltage reads 0 V');
  });

  it('accounts for a lever, and is unknown for a servo without a data sheet', () => {
    const [servo, ...others] = so101.servoBus!.servos;
    const withServo = (change: object): typeof so101 => ({
      ...so101,
      servoBus: { ...so101.servoBus!, servos: [{ ...servo!, ...change }, ...others] },
    });
    // Half the travel per turn: twice the torque at the joint.
    assert.deepEqual(effortLimit(feetech, withServo({ travelPerTurnRadOrM: Math.PI }), 0, 7.4), {
      kind: 'limit',
      steps: 500,
      stallNm: 1.91,
    });
    assert.deepEqual(effortLimit(feetech, withServo({ modelNumber: 1 }), 0, 7.4), {
      kind: 'none',
      reason: 'shoulder_pan: no stall torque for servo model 1',
    });
  });
});

for (const protocol of PROTOCOLS) {
  describe(`arming with effort limits, ${protocol}`, () => {
    const fixture = servoFixture(protocol);

    it('writes the limit by difference before torque, and the servo keeps it', async () => {
      const robot = testRobot(protocol);
      const [base, ...others] = robot.joints;
      const weak = { ...base!, limits: { ...base!.limits, maxEffortNmOrN: 0.26 } };
      for (const id of [1, 2, 3]) fixture.peer.set(id, 'presentVoltage', protocol === 'feetech' ? 74 : 50);
      await fixture.connect({ robot: { ...robot, joints: [weak, ...others] } });
      await fixture.driver.arm();
      const register = protocol === 'feetech' ? 'torqueLimit' : 'goalPwm';
      const expected = protocol === 'feetech' ? [136, 524, 524] : [443, 885, 885];
      assert.deepEqual(
        [1, 2, 3].map((id) => fixture.peer.get(id, register)),
        expected,
      );
      const written = fixture.peer.written();
      assert.ok(written.indexOf(`1 ${register}=${expected[0]}`) < written.indexOf('1 torqueEnable=1'));
      assert.equal(written.filter((write) => write.includes(register)).length, protocol === 'feetech' ? 3 : 1);
    });
  });
}
