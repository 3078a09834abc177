import assert from 'node:assert/strict';
import type { SoftqdError } from '../../../../src/base/errors.ts';
import { connectServos } from '../../../../src/driver/index.ts';
import type { Calibration } from '../../../../src/robot/calibration.ts';
import { code, PROTOCOLS, servoFixture, testRobot } from './servo-fixture.ts';

for (const protocol of PROTOCOLS) {
  describe(`connecting servos, ${protocol}`, () => {
    const fixture = servoFixture(protocol);

    it('rejects a servo of another model, naming servo, joint and both models', async () => {
      fixture.peer.set(2, 'modelNumber', 1060);
      await assert.rejects(fixture.connect(), code('E_SERVO_WRONG_MODEL', 'servo 2', 'arm', '1060'));
    });

    it('rejects with servo and joint when a servo does not reply', async () => {
      fixture.peer.dead.add(3);
      await assert.rejects(fixture.connect(), code('E_SERVO_NO_REPLY', 'servo 3', 'hand'));
    });

    it('writes nothing to configured servos', async () => {
      await fixture.connect();
      await fixture.reading();
      assert.deepEqual(fixture.peer.written(), []);
    });

    it('writes only registers that differ, those in EEPROM with torque off and the lock open', async () => {
      fixture.peer.set(2, 'returnDelay', 7);
      fixture.peer.set(2, 'positionGainP', 99);
      await fixture.connect({ robot: testRobot(protocol, { registers: { positionGainP: 0 } }) });
      const eeprom =
        protocol === 'feetech'
          ? ['2 lock=0', '2 returnDelay=0', '2 positionGainP=0', '2 lock=1']
          : ['2 returnDelay=0', '2 positionGainP=0'];
      assert.deepEqual(fixture.peer.written(), eeprom);
    });

    it('rejects a servo that holds with torque while registers in EEPROM differ, and leaves its torque on', async () => {
      fixture.peer.set(2, 'returnDelay', 7);
      fixture.peer.set(2, 'torqueEnable', 1);
      await assert.rejects(fixture.connect(), code('E_SAFETY_STATE', 'servo 2', 'torque on'));
      assert.deepEqual(fixture.peer.written(), []);
    });

    it('rejects with the register that does not keep its value', async () => {
      fixture.peer.set(1, 'returnDelay', 3);
      fixture.peer.onRequest = () => fixture.peer.set(1, 'returnDelay', 3);
      await assert.rejects(fixture.connect(), code('E_SERVO_REJECTED', 'servo 1', 'returnDelay'));
    });

    it('rejects a robot of another protocol or command mode before the port is opened', async () => {
      const other = testRobot(protocol === 'feetech' ? 'dynamixel' : 'feetech');
      await assert.rejects(fixture.connect({ robot: other }), code('E_ROBOT_FILE'));
      const robot = testRobot(protocol);
      const joints = robot.joints.map((joint) => ({ ...joint, commandMode: 'effort' as const }));
      await assert.rejects(fixture.connect({ robot: { ...robot, joints } }), code('E_ROBOT_FILE', 'effort'));
      await assert.rejects(
        fixture.connect({ robot: testRobot(protocol, { registers: { id: 4 } }) }),
        code('E_ROBOT_FILE', 'id'),
      );
      await assert.rejects(
        fixture.connect({ robot: testRobot(protocol, { registers: { operatingMode: 1 } }) }),
        code('E_ROBOT_FILE'),
      );
      assert.deepEqual(fixture.peer.requests, []);
    });

    it('rejects when connecting is canceled', async () => {
      const controller = new AbortController();
      fixture.peer.onRequest = () => controller.abort();
      await assert.rejects(connectServos({ ...fixture.options(), signal: controller.signal }), code('E_CONNECT'));
    });

    describe('calibration', () => {
      const calibration: Calibration = {
        robot: 'three',
        joints: ['base', 'arm', 'hand'].map((name, i) => ({
          name,
          id: i + 1,
          direction: i === 2 ? -1 : 1,
          homingOffsetSteps: 10 * (i + 1),
          minimumSteps: 1396,
          maximumSteps: 2700,
        })),
      };

      it('arms when file and servos agree', async () => {
        await fixture.connect({ calibration });
        assert.equal(fixture.driver.uncalibrated, null);
        await fixture.driver.arm();
      });

      it('reads but does not arm a servo that differs from the file', async () => {
        fixture.peer.set(2, 'homingOffset', 21);
        await fixture.connect({ calibration });
        await fixture.reading();
        await assert.rejects(fixture.driver.arm(), (error) => {
          assert.ok(code('E_CALIBRATION', 'arm', '20', '21')(error));
          assert.equal((error as SoftqdError).exitCode, 3);
          return true;
        });
        assert.deepEqual(fixture.peer.written(), []);
      });

      it('reads but does not arm servos with factory settings', async () => {
        for (const id of [1, 2, 3]) {
          fixture.peer.set(id, 'homingOffset', 0);
          fixture.peer.set(id, 'minimumPosition', 0);
          fixture.peer.set(id, 'maximumPosition', 4095);
        }
        await fixture.connect();
        await fixture.reading();
        await assert.rejects(fixture.driver.arm(), code('E_CALIBRATION'));
      });
    });
  });
}
