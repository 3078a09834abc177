import assert from 'node:assert/strict';
import type { SoftqdError } from '../../../../src/base/errors.ts';
import { code, PROTOCOLS, servoFixture, testRobot } from './servo-fixture.ts';
import { stopPlan } from '../../../../src/safety/index.ts';

for (const protocol of PROTOCOLS) {
  describe(`arming and disarming servos, ${protocol}`, () => {
    const fixture = servoFixture(protocol);

    it('arms in order: goal := present position of every servo, torque limit, torque, bus watchdog', async () => {
      fixture.peer.set(2, 'presentPosition', 2222);
      if (protocol === 'dynamixel') {
        fixture.peer.set(1, 'busWatchdog', -1);
        fixture.peer.set(3, 'goalPwm', 0);
      } else fixture.peer.set(3, 'torqueLimit', 150);
      await fixture.connect();
      await fixture.driver.arm();
      const goalsAndTorque = [
        '1 goalPosition=2048',
        '2 goalPosition=2222',
        '3 goalPosition=2048',
        // 1 N m of 2.94 N m at 12 V; a Dynamixel of 0.52 N m is not limited.
        ...(protocol === 'feetech' ? [1, 2, 3].map((id) => `${id} torqueLimit=340`) : ['3 goalPwm=885']),
        '1 torqueEnable=1',
        '2 torqueEnable=1',
        '3 torqueEnable=1',
      ];
      assert.deepEqual(
        fixture.peer.written(),
        protocol === 'feetech'
          ? goalsAndTorque
          : [
              ...[1, 2, 3].map((id) => `${id} busWatchdog=0`),
              ...goalsAndTorque,
              ...[1, 2, 3].map((id) => `${id} busWatchdog=100`),
            ],
      );
    });

    it('does not arm a joint outside its range', async () => {
      fixture.peer.set(2, 'presentPosition', 3000);
      await fixture.connect();
      await assert.rejects(fixture.driver.arm(), code('E_SAFETY_STATE', 'arm', '3000'));
      assert.ok(!fixture.peer.written().some((write) => write.includes('torqueEnable=1')));
    });

    it('does not arm a servo with a fault, and names the fault', async () => {
      if (protocol === 'feetech') fixture.peer.set(2, 'status', 0x20);
      else fixture.peer.set(2, 'hardwareErrorStatus', 0x20);
      await fixture.connect();
      await assert.rejects(fixture.driver.arm(), (error) => {
        assert.ok(code('E_SERVO_STATUS', 'servo 2', 'arm', 'overload')(error));
        assert.ok((error as SoftqdError).hint.includes('softqd clear-fault 2'));
        return true;
      });
    });

    it('applies every stop mode on disarming', async () => {
      await fixture.connect({ robot: testRobot(protocol, { stopModes: ['hold', 'damp', 'torque-off'] }) });
      await fixture.driver.arm();
      const before = fixture.peer.writes.length;
      const report = await fixture.driver.disarm(stopPlan(fixture.driver.spec), 'test');
      assert.deepEqual(
        report.joints.map(({ joint, mode, confirmed }) => [joint, mode, confirmed]),
        [
          ['base', 'hold', true],
          ['arm', 'damp', true],
          ['hand', 'torque-off', true],
        ],
      );
      const written = fixture.peer.written().slice(before);
      const damp = protocol === 'feetech' ? '2 torqueEnable=2*' : '2 goalPwm=0*';
      assert.ok(written.includes(damp), String(written));
      assert.ok(written.includes('3 torqueEnable=0*'));
      assert.equal(fixture.peer.get(1, 'torqueEnable'), 1);
      if (protocol === 'dynamixel') assert.equal(fixture.peer.get(1, 'busWatchdog'), 0);
    });

    it('disarms the other servos when one does not reply', async () => {
      await fixture.connect({ robot: testRobot(protocol, { stopModes: ['torque-off', 'torque-off', 'torque-off'] }) });
      await fixture.driver.arm();
      fixture.peer.dead.add(1);
      const { joints } = await fixture.driver.disarm(stopPlan(fixture.driver.spec), 'test');
      assert.deepEqual(
        joints.map(({ confirmed }) => confirmed),
        [false, true, true],
      );
      assert.ok(joints[0]?.detail?.includes('servo 1'), String(joints[0]?.detail));
      assert.equal(fixture.peer.get(3, 'torqueEnable'), 0);
      assert.ok(fixture.logger.entries.some(({ message }) => message.includes('not all servos confirmed')));
    });
  });
}
