import assert from 'node:assert/strict';
import { isRecovering } from '../../../../src/robot/reading.ts';
import type { RobotSpec } from '../../../../src/robot/robot-spec.ts';
import { stopPlan } from '../../../../src/safety/index.ts';
import { requireAddon } from '../../../support/addon.ts';
import { code, ServoFixture, testRobot, until, type Protocol } from './servo-fixture.ts';

const PROTOCOLS: readonly Protocol[] = ['feetech', 'dynamixel'];
const OVERLOAD = 0x20;

function robotOf(protocol: Protocol, overloadRecovery: boolean): RobotSpec {
  const robot = testRobot(protocol, { registers: { positionGainP: protocol === 'feetech' ? 20 : 700 } });
  return { ...robot, health: { overloadRecovery } };
}

for (const protocol of PROTOCOLS) {
  describe(`recovery from an overload, ${protocol}`, () => {
    let fixture: ServoFixture;

    before(function () {
      requireAddon(this);
    });
    beforeEach(() => {
      fixture = new ServoFixture(protocol);
    });
    afterEach(() => fixture.stop());

    async function armed(overloadRecovery = true): Promise<void> {
      await fixture.connect({ robot: robotOf(protocol, overloadRecovery) });
      await fixture.driver.arm();
      fixture.drive([0.2, 0.2, 0.2]);
      clearOnTorqueOffOrRestart();
    }

    /** As the servos do: torque off clears a Feetech, a restart clears a Dynamixel and its RAM. */
    function clearOnTorqueOffOrRestart(): void {
      const { peer } = fixture;
      peer.onRequest = (request) => {
        if (protocol === 'dynamixel') {
          if (request.kind !== 'reboot') return;
          peer.set(request.id, 'hardwareErrorStatus', 0);
          peer.set(request.id, 'positionGainP', 400);
          peer.set(request.id, 'busWatchdog', 0);
          peer.set(request.id, 'goalPwm', 885);
          return;
        }
        const isTorqueOff =
          request.kind === 'write' &&
          request.address === peer.registers['torqueEnable']!.address &&
          request.data[0] === 0;
        if (!isTorqueOff) return;
        peer.set(request.id, 'status', 0);
        peer.status.delete(request.id);
      };
    }

    function overload(id: number, bits = OVERLOAD): void {
      const { peer } = fixture;
      peer.set(id, protocol === 'feetech' ? 'status' : 'hardwareErrorStatus', bits);
      if (protocol === 'dynamixel') peer.set(id, 'torqueEnable', 0);
      peer.status.set(id, protocol === 'feetech' ? bits : 0x80);
    }

    async function recovered(count: number): Promise<void> {
      await until(() => fixture.logger.entries.filter(({ message }) => message.includes('recovered')).length === count);
    }

    it('arms the servo where it is with all its settings, while the others keep their torque', async () => {
      await armed();
      const { peer } = fixture;
      await until(() => peer.get(2, 'goalPosition') !== 2048);
      peer.set(2, 'presentPosition', 2100);
      overload(2);
      await until(() => fixture.readings.some(isRecovering));
      const before = peer.writes.length;
      await recovered(1);
      const written = peer
        .written()
        .slice(before)
        .filter((write) => write.startsWith('2 '));
      const enabled = written.indexOf('2 torqueEnable=1');
      assert.ok(enabled > 0, written.join(', '));
      // The goal of the policy is 2048 + 130: nothing but the present position is written before there is torque.
      const goals = written.slice(0, enabled).filter((write) => write.includes('goalPosition'));
      assert.deepEqual(goals, ['2 goalPosition=2100']);
      assert.equal(peer.get(2, 'positionGainP'), protocol === 'feetech' ? 20 : 700);
      if (protocol === 'dynamixel') assert.ok(peer.get(2, 'busWatchdog') > 0);
      const others = peer
        .written()
        .slice(before)
        .filter((write) => /^[13] torqueEnable/.test(write));
      assert.deepEqual(others, []);
      assert.equal(fixture.driver.isArmed, true);
      assert.deepEqual(fixture.errors, []);
      const marked = fixture.readings.filter(isRecovering);
      assert.ok(marked.length > 0);
      assert.ok(marked.every(({ recovering }) => recovering?.length === 1 && recovering[0] === 1));
      const last = fixture.readings.length;
      await until(() => fixture.readings.length > last + 3);
      assert.equal(isRecovering(fixture.readings.at(-1)!), false);
    });

    it('is off unless the robot file states it', async () => {
      await armed(false);
      overload(2);
      assert.ok(code('E_SERVO_STATUS', 'servo 2', 'overload')(await fixture.error()));
      assert.equal(fixture.driver.isArmed, false);
      assert.ok(fixture.readings.every((reading) => !isRecovering(reading)));
    });

    it('takes the fourth overload in five minutes for a fault', async () => {
      await armed();
      for (let count = 1; count <= 3; count++) {
        overload(count);
        await recovered(count);
      }
      assert.deepEqual(fixture.errors, []);
      await fixture.reading();
      overload(2);
      assert.ok(code('E_SERVO_STATUS', 'servo 2', 'overload')(await fixture.error()));
      assert.equal(fixture.driver.isArmed, false);
    });

    it('does not recover a servo that reports anything else', async () => {
      await armed();
      overload(2, OVERLOAD | 0x04);
      assert.ok(code('E_SERVO_STATUS', 'servo 2')(await fixture.error()));
      assert.equal(fixture.driver.isArmed, false);
      assert.ok(!fixture.peer.requests.some(({ kind }) => kind === 'reboot'));
    });

    it('leaves no torque behind when a stop comes meanwhile', async () => {
      const stopModes = ['torque-off', 'torque-off', 'torque-off'] as const;
      const robot = { ...testRobot(protocol, { stopModes }), health: { overloadRecovery: true } };
      await fixture.connect({ robot });
      await fixture.driver.arm();
      fixture.drive();
      clearOnTorqueOffOrRestart();
      overload(2);
      await until(() => fixture.readings.some(isRecovering));
      await fixture.driver.disarm(stopPlan(robot), 'test');
      for (const id of [1, 2, 3]) assert.equal(fixture.peer.get(id, 'torqueEnable'), 0, `servo ${id}`);
    });

    it('stops the robot when the servo keeps its overload, and says that it has no torque', async () => {
      await armed();
      fixture.peer.onRequest = () => undefined;
      overload(2);
      if (protocol === 'dynamixel') fixture.peer.onRequest = ({ kind }) => kind === 'reboot' && overload(2);
      assert.ok(code('E_SERVO_STATUS', 'servo 2', 'overload')(await fixture.error()));
      assert.equal(fixture.driver.isArmed, false);
      await until(() => fixture.logger.entries.some(({ message }) => message.includes('arm (servo 2 has no torque')));
    });
  });
}
