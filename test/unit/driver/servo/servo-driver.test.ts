import assert from 'node:assert/strict';
import { SoftqdError } from '../../../../src/base/errors.ts';
import { connectServos } from '../../../../src/driver/index.ts';
import { openSerial } from '../../../../src/serial/index.ts';
import type { Calibration } from '../../../../src/robot/calibration.ts';
import { requireAddon } from '../../../support/addon.ts';
import { unguardedForTest } from '../../../support/safe-command.ts';
import { PROTOCOLS, ServoFixture, testPeer, testRobot, until } from './servo-fixture.ts';

function code(expected: string, ...words: readonly string[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof SoftqdError, String(error));
    assert.equal(error.code, expected, error.message);
    for (const word of words) assert.ok(error.message.includes(word), `${error.message} does not say ${word}`);
    return true;
  };
}

const STEP = (2 * Math.PI) / 4096;

for (const protocol of PROTOCOLS) {
  describe(`ServoBody, ${protocol}`, () => {
    let stand: ServoFixture;

    before(function () {
      requireAddon(this);
    });
    beforeEach(() => {
      stand = new ServoFixture(protocol);
    });
    afterEach(() => stand.stop());

    it('a servo of another model is refused, with servo, joint and both models', async () => {
      stand.peer.set(2, 'modelNumber', 1060);
      await assert.rejects(stand.connect(), code('E_SERVO_WRONG_MODEL', 'servo 2', 'arm', '1060'));
    });

    it('a servo that does not answer is named with its joint', async () => {
      stand.peer.dead.add(3);
      await assert.rejects(stand.connect(), code('E_SERVO_NO_REPLY', 'servo 3', 'hand'));
    });

    it('nothing is written to servos that are as they should be', async () => {
      await stand.connect();
      await stand.reading();
      assert.deepEqual(stand.peer.written(), []);
    });

    it('registers that differ are written, those in EEPROM with the lock open for the moment, and only those', async () => {
      stand.peer.set(2, 'returnDelay', 7);
      stand.peer.set(2, 'positionGainP', 99);
      stand.peer.set(2, 'torqueEnable', 1);
      await stand.connect({ robot: testRobot(protocol, { registers: { positionGainP: 0 } }) });
      const eeprom =
        protocol === 'feetech'
          ? ['2 torqueEnable=0', '2 lock=0', '2 returnDelay=0', '2 positionGainP=0', '2 lock=1']
          : ['2 torqueEnable=0', '2 returnDelay=0', '2 positionGainP=0'];
      assert.deepEqual(stand.peer.written(), eeprom);
    });

    it('a register that does not keep its value is an error naming it', async () => {
      stand.peer.set(1, 'returnDelay', 3);
      stand.peer.onRequest = () => stand.peer.set(1, 'returnDelay', 3);
      await assert.rejects(stand.connect(), code('E_SERVO_REJECTED', 'servo 1', 'returnDelay'));
    });

    it('a robot that is not on this bus, or not driven by position, is refused before the port is opened', async () => {
      const other = testRobot(protocol === 'feetech' ? 'dynamixel' : 'feetech');
      await assert.rejects(stand.connect({ robot: other }), code('E_ROBOT_FILE'));
      const robot = testRobot(protocol);
      const joints = robot.joints.map((joint) => ({ ...joint, commandMode: 'effort' as const }));
      await assert.rejects(stand.connect({ robot: { ...robot, joints } }), code('E_ROBOT_FILE', 'effort'));
      await assert.rejects(
        stand.connect({ robot: testRobot(protocol, { registers: { id: 4 } }) }),
        code('E_ROBOT_FILE', 'id'),
      );
      await assert.rejects(
        stand.connect({ robot: testRobot(protocol, { registers: { operatingMode: 1 } }) }),
        code('E_ROBOT_FILE'),
      );
      assert.deepEqual(stand.peer.requests, []);
    });

    it('readings are in joint units, seen from the middle of the calibrated range', async () => {
      stand.peer.set(1, 'presentPosition', 2148);
      stand.peer.set(3, 'presentPosition', 2148);
      stand.peer.set(1, 'presentVelocity', 100);
      await stand.connect();
      const reading = await stand.reading();
      assert.ok(Math.abs(reading.positions[0]! - 100 * STEP) < 1e-12);
      assert.ok(Math.abs(reading.positions[1]!) < 1e-12);
      assert.ok(Math.abs(reading.positions[2]! + 100 * STEP) < 1e-12);
      const radPerS = protocol === 'feetech' ? 100 * STEP : (100 * 0.229 * 2 * Math.PI) / 60;
      assert.ok(Math.abs(reading.velocities[0]! - radPerS) < 1e-9);
      assert.ok(reading.efforts.every((effort) => effort === 0));
    });

    it('arming: goal := present for every servo, then torque, then the watchdog; nothing moves', async () => {
      stand.peer.set(2, 'presentPosition', 2222);
      if (protocol === 'dynamixel') {
        stand.peer.set(1, 'busWatchdog', -1);
        stand.peer.set(3, 'goalPwm', 0);
      }
      await stand.connect();
      await stand.driver.arm();
      const goalsAndTorque = [
        '1 goalPosition=2048',
        '2 goalPosition=2222',
        '3 goalPosition=2048',
        '1 torqueEnable=1',
        '2 torqueEnable=1',
        '3 torqueEnable=1',
      ];
      assert.deepEqual(
        stand.peer.written(),
        protocol === 'feetech'
          ? goalsAndTorque
          : [
              ...[1, 2, 3].flatMap((id) => [`${id} busWatchdog=0`, ...(id === 3 ? ['3 goalPwm=885'] : [])]),
              ...goalsAndTorque,
              ...[1, 2, 3].map((id) => `${id} busWatchdog=100`),
            ],
      );
    });

    it('a joint that stands outside its range is not armed', async () => {
      stand.peer.set(2, 'presentPosition', 3000);
      await stand.connect();
      await assert.rejects(stand.driver.arm(), code('E_SAFETY_STATE', 'arm', '3000'));
      assert.ok(!stand.peer.written().some((write) => write.includes('torqueEnable=1')));
    });

    it('a servo with a fault is not armed, and the fault is named', async () => {
      if (protocol === 'feetech') stand.peer.set(2, 'status', 0x20);
      else stand.peer.set(2, 'hardwareErrorStatus', 0x20);
      await stand.connect();
      await assert.rejects(stand.driver.arm(), (error) => {
        assert.ok(code('E_SERVO_STATUS', 'servo 2', 'arm', 'overload')(error));
        assert.ok((error as SoftqdError).hint.includes('softqd clear-fault 2'));
        return true;
      });
    });

    it('commands go out at once as one sync write, in steps, clipped to the servo, and are reported so', async () => {
      await stand.connect();
      await stand.driver.arm();
      const before = stand.peer.writes.length;
      const applied = stand.driver.apply(unguardedForTest(7, [0.1, -9, 0.1]));
      const steps = [Math.round(0.1 / STEP), -652, -Math.round(0.1 / STEP)];
      assert.equal(applied.sequence, 7);
      assert.deepEqual(
        [...applied.targets].map((target, i) => Math.round(target / STEP) * (i === 2 ? -1 : 1)),
        steps,
      );
      await until(() => stand.peer.writes.length >= before + 3);
      assert.deepEqual(
        stand.peer.written().slice(before),
        steps.map((step, i) => `${i + 1} goalPosition=${2048 + step}*`),
      );
    });

    it('before it is armed no goal is written', async () => {
      await stand.connect();
      stand.driver.apply(unguardedForTest(0, [0.5, 0.5, 0.5]));
      await stand.reading();
      assert.deepEqual(stand.peer.written(), []);
    });

    it('each tick has one sync read and one sync write', async () => {
      await stand.connect();
      await stand.driver.arm();
      await stand.reading();
      for (let i = 0; i < 5; i++) {
        stand.driver.apply(unguardedForTest(i, [0, 0, 0]));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const from = stand.peer.requests.length;
      const readings = stand.readings.length;
      const before = { ...stand.driver.counters };
      const lost = stand.lost();
      for (let i = 0; i < 20; i++) {
        stand.driver.apply(unguardedForTest(i, [0, 0, 0]));
        await stand.reading();
      }
      const count = (...wanted: readonly string[]): number =>
        stand.peer.requests.slice(from).filter(({ kind }) => wanted.includes(kind)).length;
      const sent = (): number => stand.driver.counters.syncWrites - before.syncWrites;
      const dropped = (): number => stand.driver.counters.syncWritesDropped - before.syncWritesDropped;
      await until(() => sent() + dropped() === 20 && count('syncWrite') === sent());
      // A machine that stood still may have lost an answer, which is then asked for again.
      if (stand.lost() > lost) return;
      const reads = count('syncRead', 'fastSyncRead');
      assert.ok(Math.abs(reads - (stand.readings.length - readings)) <= 1, `${reads} reads`);
    });

    it('every stop mode is applied on disarming, and confirmed', async () => {
      await stand.connect({ robot: testRobot(protocol, { stopModes: ['hold', 'damp', 'torque-off'] }) });
      await stand.driver.arm();
      const before = stand.peer.writes.length;
      await stand.driver.disarm('test');
      const written = stand.peer.written().slice(before);
      const damp = protocol === 'feetech' ? '2 torqueEnable=2' : '2 goalPwm=0';
      assert.ok(written.includes(damp));
      assert.ok(written.includes('3 torqueEnable=0'));
      assert.equal(stand.peer.get(1, 'torqueEnable'), 1);
      if (protocol === 'dynamixel') assert.equal(stand.peer.get(1, 'busWatchdog'), 0);
    });

    it('disarming works with a servo that is dead', async () => {
      await stand.connect({ robot: testRobot(protocol, { stopModes: ['torque-off', 'torque-off', 'torque-off'] }) });
      await stand.driver.arm();
      stand.peer.dead.add(1);
      await stand.driver.disarm('test');
      assert.equal(stand.peer.get(3, 'torqueEnable'), 0);
      assert.ok(stand.logger.entries.some(({ message }) => message.includes('not every servo confirmed')));
    });

    it('one lost answer keeps the value of that servo, and is counted', async () => {
      await stand.connect();
      await stand.reading();
      let drop = 1;
      stand.peer.set(1, 'presentPosition', 2060);
      stand.peer.alter = (reply, id) => ((id === 2 || id === 0xfe) && drop-- > 0 ? null : reply);
      await stand.reading();
      const reading = await stand.reading();
      assert.ok(Math.abs(reading.positions[0]! - 12 * STEP) < 1e-9);
      assert.equal(stand.errors.length, 0);
      assert.ok(stand.driver.counters.servos.get(2)!.lost >= 1);
    });

    it('a servo that stays silent stops the robot, named', async () => {
      await stand.connect({ robot: testRobot(protocol, { stopModes: ['torque-off', 'torque-off', 'torque-off'] }) });
      await stand.driver.arm();
      stand.driver.apply(unguardedForTest(0, [0, 0, 0]));
      stand.peer.dead.add(2);
      stand.drive();
      const error = await stand.error();
      assert.ok(code('E_SERVO_NO_REPLY', 'servo 2', 'arm')(error));
      assert.equal(stand.driver.isArmed, false);
      await until(() => stand.peer.get(1, 'torqueEnable') === 0);
      const goals = stand.peer.written().filter((write) => write.includes('goalPosition')).length;
      stand.driver.apply(unguardedForTest(2, [0.3, 0.3, 0.3]));
      stand.peer.dead.delete(2);
      await stand.reading();
      assert.equal(stand.peer.written().filter((write) => write.includes('goalPosition')).length, goals);
    });

    it('an impossible jump is not believed and counted; the joint keeps its value', async () => {
      await stand.connect();
      await stand.reading();
      await stand.driver.arm();
      stand.driver.apply(unguardedForTest(0, [0, 0, 0]));
      const { implausible } = stand.driver.counters.servos.get(1)!;
      let jumps = 1;
      stand.peer.onRequest = ({ kind }) => {
        if (kind === 'syncRead' || kind === 'fastSyncRead')
          stand.peer.set(1, 'presentPosition', jumps-- > 0 ? 6100 : 2048);
      };
      const seen = stand.readings.length;
      await until(() => jumps < -1);
      assert.ok(stand.driver.counters.servos.get(1)!.implausible > implausible);
      for (const reading of stand.readings.slice(seen)) assert.ok(Math.abs(reading.positions[0]!) < 0.05);
    });

    it('a joint moved by hand while nobody drives it is followed', async () => {
      await stand.connect();
      await stand.reading();
      stand.peer.set(1, 'presentPosition', 2600);
      await until(() => (stand.readings.at(-1)?.positions[0] ?? 0) > 0.5);
      assert.equal(stand.errors.length, 0);
    });

    it('a fault that a servo reports while driven stops the robot with its name', async () => {
      await stand.connect({ robot: testRobot(protocol, { stopModes: ['torque-off', 'torque-off', 'torque-off'] }) });
      await stand.driver.arm();
      if (protocol === 'dynamixel') stand.peer.set(2, 'hardwareErrorStatus', 0x04);
      stand.peer.status.set(2, protocol === 'feetech' ? 0x04 : 0x80);
      const error = await stand.error();
      const name = protocol === 'feetech' ? 'temperature' : 'overheating';
      assert.ok(code('E_SERVO_STATUS', 'servo 2', 'arm', name)(error));
      assert.equal(stand.driver.isArmed, false);
      await until(() => stand.peer.get(3, 'torqueEnable') === 0);
    });

    it('a servo that has let go by itself stops the robot', async () => {
      await stand.connect();
      await stand.driver.arm();
      stand.peer.set(3, 'torqueEnable', 0);
      stand.drive();
      const error = await stand.error();
      assert.ok(code('E_SERVO_STATUS', 'servo 3', 'hand', 'let go')(error));
    });

    it('without commands an armed robot stops', async () => {
      await stand.connect({
        commandTimeoutMs: 100,
        robot: testRobot(protocol, { stopModes: ['torque-off', 'torque-off', 'torque-off'] }),
      });
      await stand.driver.arm();
      stand.driver.apply(unguardedForTest(0, [0, 0, 0]));
      const error = await stand.error();
      assert.ok(code('E_SAFETY_FAULT', '100 ms')(error));
      await until(() => stand.peer.get(1, 'torqueEnable') === 0);
    });

    it('a bus that is pulled out is an error; it is found again and comes back disarmed', async () => {
      const driver = await stand.connect({
        open: (options) => openSerial({ ...options, address: stand.peer.path }),
      });
      await driver.arm();
      stand.peer.close();
      assert.equal((await stand.error()).code, 'E_SERIAL_LOST');
      assert.throws(() => driver.apply(unguardedForTest(0, [0, 0, 0])), code('E_SERIAL_LOST'));
      await assert.rejects(driver.arm(), code('E_SERIAL_LOST'));
      stand.peer = testPeer(protocol);
      await stand.reading();
      assert.equal(driver.isArmed, false);
      await driver.arm();
    });

    it('a bus that does not come back is lost for good', async () => {
      const driver = await stand.connect({ reconnectTimeoutMs: 0 });
      stand.peer.close();
      await stand.error();
      await until(() => stand.errors.length >= 2);
      await assert.rejects(driver.arm(), code('E_SERIAL_LOST'));
    });

    it('cancelling while connecting rejects', async () => {
      const controller = new AbortController();
      stand.peer.onRequest = () => controller.abort();
      await assert.rejects(connectServos({ ...stand.options(), signal: controller.signal }), code('E_CONNECT'));
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

      it('a file that the servos agree with allows arming', async () => {
        await stand.connect({ calibration });
        assert.equal(stand.driver.uncalibrated, null);
        await stand.driver.arm();
      });

      it('a servo that differs from the file may be read, not armed', async () => {
        stand.peer.set(2, 'homingOffset', 21);
        await stand.connect({ calibration });
        await stand.reading();
        await assert.rejects(stand.driver.arm(), (error) => {
          assert.ok(code('E_CALIBRATION', 'arm', '20', '21')(error));
          assert.equal((error as SoftqdError).exitCode, 3);
          return true;
        });
        assert.deepEqual(stand.peer.written(), []);
      });

      it('servos as they left the factory may be read, not armed', async () => {
        for (const id of [1, 2, 3]) {
          stand.peer.set(id, 'homingOffset', 0);
          stand.peer.set(id, 'minimumPosition', 0);
          stand.peer.set(id, 'maximumPosition', 4095);
        }
        await stand.connect();
        await stand.reading();
        await assert.rejects(stand.driver.arm(), code('E_CALIBRATION'));
      });
    });
  });
}
