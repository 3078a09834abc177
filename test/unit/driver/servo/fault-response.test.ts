import assert from 'node:assert/strict';
import { openSerial } from '../../../../src/serial/index.ts';
import { unguardedForTest } from '../../../support/safe-command.ts';
import { code, PROTOCOLS, servoFixture, testPeer, testRobot, until } from './servo-fixture.ts';

for (const protocol of PROTOCOLS) {
  describe(`faults of a ServoDriver, ${protocol}`, () => {
    const fixture = servoFixture(protocol);

    it('stops the robot when a servo does not reply, and names it', async () => {
      await fixture.connect({ robot: testRobot(protocol, { stopModes: ['torque-off', 'torque-off', 'torque-off'] }) });
      await fixture.driver.arm();
      fixture.driver.apply(unguardedForTest(0, [0, 0, 0]));
      fixture.peer.dead.add(2);
      fixture.drive();
      const error = await fixture.error();
      assert.ok(code('E_SERVO_NO_REPLY', 'servo 2', 'arm')(error));
      assert.equal(fixture.driver.isArmed, false);
      await until(() => fixture.peer.get(1, 'torqueEnable') === 0);
      const goals = fixture.peer.written().filter((write) => write.includes('goalPosition')).length;
      fixture.driver.apply(unguardedForTest(2, [0.3, 0.3, 0.3]));
      fixture.peer.dead.delete(2);
      await fixture.reading();
      assert.equal(fixture.peer.written().filter((write) => write.includes('goalPosition')).length, goals);
    });

    it('tells a lost supply from a silent servo', async () => {
      await fixture.connect();
      await fixture.driver.arm();
      fixture.driver.apply(unguardedForTest(0, [0, 0, 0]));
      for (const id of [1, 2, 3]) fixture.peer.dead.add(id);
      fixture.drive();
      assert.ok(code('E_SUPPLY_VOLTAGE', 'no reply from any servo', 'emergency stop')(await fixture.error()));
      assert.equal(fixture.driver.isArmed, false);
    });

    it('stops the robot at a fault that a servo reports, and names it', async () => {
      await fixture.connect({ robot: testRobot(protocol, { stopModes: ['torque-off', 'torque-off', 'torque-off'] }) });
      await fixture.driver.arm();
      if (protocol === 'dynamixel') fixture.peer.set(2, 'hardwareErrorStatus', 0x04);
      fixture.peer.status.set(2, protocol === 'feetech' ? 0x04 : 0x80);
      const error = await fixture.error();
      const name = protocol === 'feetech' ? 'temperature' : 'overheating';
      assert.ok(code('E_SERVO_STATUS', 'servo 2', 'arm', name)(error));
      assert.equal(fixture.driver.isArmed, false);
      await until(() => fixture.peer.get(3, 'torqueEnable') === 0);
    });

    it('stops the robot when a servo loses torque without a fault', async () => {
      await fixture.connect();
      await fixture.driver.arm();
      fixture.peer.set(3, 'torqueEnable', 0);
      fixture.drive();
      const error = await fixture.error();
      assert.ok(code('E_SERVO_STATUS', 'servo 3', 'hand', 'torque')(error));
    });

    it('stops an armed robot that receives no commands', async () => {
      await fixture.connect({
        commandTimeoutMs: 100,
        robot: testRobot(protocol, { stopModes: ['torque-off', 'torque-off', 'torque-off'] }),
      });
      await fixture.driver.arm();
      fixture.driver.apply(unguardedForTest(0, [0, 0, 0]));
      const error = await fixture.error();
      assert.ok(code('E_SAFETY_FAULT', '100 ms')(error));
      await until(() => fixture.peer.get(1, 'torqueEnable') === 0);
    });

    it('blames a silent servo for missing commands, not the computer', async () => {
      await fixture.connect({ commandTimeoutMs: 200 });
      await fixture.driver.arm();
      fixture.driver.apply(unguardedForTest(0, [0, 0, 0]));
      fixture.peer.dead.add(2);
      assert.ok(code('E_SERVO_NO_REPLY', 'servo 2', 'arm')(await fixture.error()));
    });

    it('stops servos that kept their power while the bus was disconnected', async () => {
      const limit = protocol === 'feetech' ? 'torqueLimit' : 'goalPwm';
      const driver = await fixture.connect({
        open: (options) => openSerial({ ...options, address: fixture.peer.path }),
      });
      await driver.arm();
      fixture.peer.close();
      assert.equal((await fixture.error()).code, 'E_SERIAL_LOST');
      const next = testPeer(protocol);
      // The goal of before is far away; servo 3 has lost its power.
      for (const id of [1, 2]) next.set(id, 'torqueEnable', 1);
      for (const id of [1, 2, 3]) next.set(id, 'goalPosition', 2500);
      fixture.peer = next;
      await until(() => next.get(2, limit) === (protocol === 'feetech' ? 150 : 133));
      for (const id of [1, 2]) assert.equal(next.get(id, 'goalPosition'), 2048 + 26);
      assert.equal(next.get(3, 'goalPosition'), 2500);
    });

    it('reports a lost bus as a fault, reconnects and is disarmed then', async () => {
      const driver = await fixture.connect({
        open: (options) => openSerial({ ...options, address: fixture.peer.path }),
      });
      await driver.arm();
      fixture.peer.close();
      assert.equal((await fixture.error()).code, 'E_SERIAL_LOST');
      assert.throws(() => driver.apply(unguardedForTest(0, [0, 0, 0])), code('E_SERIAL_LOST'));
      await assert.rejects(driver.arm(), code('E_SERIAL_LOST'));
      fixture.peer = testPeer(protocol);
      await fixture.reading();
      assert.equal(driver.isArmed, false);
      await driver.arm();
    });

    it('ends with an error when the bus is not reconnected in time', async () => {
      const driver = await fixture.connect({ reconnectTimeoutMs: 0 });
      fixture.peer.close();
      await fixture.error();
      await until(() => fixture.errors.length >= 2);
      await assert.rejects(driver.arm(), code('E_SERIAL_LOST'));
    });
  });
}
