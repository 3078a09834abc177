import assert from 'node:assert/strict';
import { servoSpec, VirtualDynamixelRig, XL330 } from '../../../support/virtual-dynamixel.ts';

const rig = (overrides = {}): VirtualDynamixelRig => new VirtualDynamixelRig([servoSpec(1, overrides)]);

describe('a virtual Dynamixel servo', () => {
  it('moves to its goal only with torque, and not to an older goal when torque is enabled', () => {
    const bus = rig();
    bus.write(1, 'goalPosition', 3000);
    bus.run(300);
    assert.equal(bus.read(1, 'presentPosition'), 2048);
    bus.write(1, 'torqueEnable', 1);
    assert.equal(bus.read(1, 'goalPosition'), 2048);
    bus.run(300);
    assert.equal(bus.read(1, 'presentPosition'), 2048);
    bus.write(1, 'goalPosition', 3000);
    bus.run(100);
    assert.equal(bus.read(1, 'moving'), 1);
    bus.run(2000);
    assert.ok(Math.abs(bus.read(1, 'presentPosition') - 3000) <= 2);
    assert.deepEqual([bus.read(1, 'moving'), bus.read(1, 'movingStatus') & 1], [0, 1]);
  });

  it('applies no effort without torque', () => {
    const bus = rig();
    assert.deepEqual(bus.bus.step(bus.shafts, bus.nowNs), [{ kind: 'torque-off' }]);
  });

  it('damps with torque on and a PWM limit of 0', () => {
    const bus = rig();
    bus.write(1, 'torqueEnable', 1);
    bus.write(1, 'goalPwm', 0);
    assert.deepEqual(bus.bus.step(bus.shafts, bus.nowNs), [{ kind: 'damp' }]);
  });

  it('follows a velocity profile within register 112', () => {
    const bus = rig();
    bus.write(1, 'profileVelocity', 50);
    bus.write(1, 'profileAcceleration', 20);
    bus.write(1, 'torqueEnable', 1);
    bus.write(1, 'goalPosition', 4000);
    let fastest = 0;
    for (let i = 0; i < 300; i++) {
      bus.run(10);
      fastest = Math.max(fastest, bus.read(1, 'velocityTrajectory'));
      assert.ok(bus.read(1, 'presentVelocity') < 60);
    }
    assert.equal(fastest, 50);
    assert.ok(Math.abs(bus.read(1, 'presentPosition') - 4000) <= 5);
  });

  it('follows a time-based profile when selected by drive mode', () => {
    const bus = rig();
    bus.write(1, 'driveMode', 4);
    bus.write(1, 'profileVelocity', 1000);
    bus.write(1, 'profileAcceleration', 200);
    bus.write(1, 'torqueEnable', 1);
    bus.write(1, 'goalPosition', 3048);
    bus.run(500);
    assert.ok(Math.abs(bus.read(1, 'positionTrajectory') - 2548) < 20, 'half of the way in half of the time');
    bus.run(520);
    assert.equal(bus.read(1, 'positionTrajectory'), 3048);
  });

  it('turns with a velocity, a PWM or a current according to the operating mode', () => {
    const bus = rig({ modelNumber: XL330 });
    bus.write(1, 'operatingMode', 1);
    bus.write(1, 'torqueEnable', 1);
    bus.write(1, 'goalVelocity', 100);
    bus.run(2000);
    assert.ok(Math.abs(bus.read(1, 'presentVelocity') - 100) <= 3);
    bus.write(1, 'torqueEnable', 0);
    bus.write(1, 'operatingMode', 16);
    bus.write(1, 'torqueEnable', 1);
    bus.write(1, 'goalPwm', -443);
    bus.run(200);
    assert.equal(bus.read(1, 'presentPwm'), -443);
    assert.ok(bus.read(1, 'presentVelocity') < -100);
    bus.write(1, 'torqueEnable', 0);
    bus.run(100);
    bus.write(1, 'operatingMode', 0);
    bus.write(1, 'torqueEnable', 1);
    bus.write(1, 'goalCurrent', 500);
    bus.bus.step([{ turns: 0.5, turnsPerS: 0 }], bus.nowNs);
    assert.equal(bus.read(1, 'presentCurrent'), 500);
  });

  it('limits the current to the goal current in current-based position mode', () => {
    const bus = rig({ modelNumber: XL330 });
    bus.write(1, 'operatingMode', 5);
    bus.write(1, 'torqueEnable', 1);
    bus.write(1, 'goalCurrent', 147);
    bus.write(1, 'goalPosition', 10_000);
    const [drive] = bus.bus.step([{ turns: 0.5, turnsPerS: 0 }], bus.nowNs + 1e6);
    assert.ok(drive?.kind === 'torque' && Math.abs(drive.fraction - 0.1) < 1e-6);
  });

  it('enables torque with a goal when selected by drive mode', () => {
    const bus = rig();
    bus.write(1, 'driveMode', 8);
    bus.write(1, 'goalPosition', 2500);
    assert.equal(bus.read(1, 'torqueEnable'), 1);
    bus.run(1500);
    assert.ok(Math.abs(bus.read(1, 'presentPosition') - 2500) <= 2);
  });

  it('counts backward in reverse mode and still reaches its goal', () => {
    const bus = rig({ shaft: { turns: 0.25, turnsPerS: 0 } });
    bus.write(1, 'driveMode', 1);
    assert.equal(bus.read(1, 'presentPosition'), 3072);
    bus.write(1, 'torqueEnable', 1);
    bus.write(1, 'goalPosition', 2800);
    bus.run(1500);
    assert.ok(Math.abs(bus.read(1, 'presentPosition') - 2800) <= 2);
    assert.ok(bus.shafts[0]!.turns > 0.25);
  });

  it('adds the homing offset to its position; in position mode only up to 1024', () => {
    const bus = rig();
    bus.write(1, 'homingOffset', -1000);
    assert.equal(bus.read(1, 'presentPosition'), 1048);
    bus.write(1, 'homingOffset', 1500);
    assert.equal(bus.read(1, 'presentPosition'), 2048);
    bus.write(1, 'operatingMode', 4);
    assert.equal(bus.read(1, 'presentPosition'), 3548);
  });

  it('counts beyond one turn until position mode starts', () => {
    const bus = rig();
    bus.shafts = [{ turns: -100 / 4096, turnsPerS: 0 }];
    bus.run(1);
    assert.equal(bus.read(1, 'presentPosition'), -100);
    bus.write(1, 'torqueEnable', 1);
    assert.equal(bus.read(1, 'presentPosition'), 3996);
  });

  it('resets gains, profile and goals when the operating mode changes', () => {
    const bus = rig();
    bus.write(1, 'positionGainP', 100);
    bus.write(1, 'profileVelocity', 30);
    bus.write(1, 'goalPwm', 200);
    bus.write(1, 'operatingMode', 4);
    assert.deepEqual(
      [bus.read(1, 'positionGainP'), bus.read(1, 'profileVelocity'), bus.read(1, 'goalPwm')],
      [640, 0, 885],
    );
  });

  it('has the configured stiffness at the gains for which it was measured', () => {
    const bus = rig({
      registers: { positionGainP: 800, positionGainD: 0 },
      stiffnessPerTurn: 8,
    });
    bus.write(1, 'positionGainP', 400);
    bus.write(1, 'positionGainD', 0);
    bus.write(1, 'torqueEnable', 1);
    bus.write(1, 'goalPosition', 2048 + 256);
    const [drive] = bus.bus.step(bus.shafts, bus.nowNs + 1e6);
    assert.ok(drive?.kind === 'torque' && Math.abs(drive.fraction - 0.25) < 1e-9);
  });

  it('counts milliseconds and wraps around after 32767', () => {
    const bus = rig();
    bus.nowNs = 32_766.5e6;
    assert.equal(bus.read(1, 'realtimeTick'), 32_766);
    bus.nowNs = 32_768.5e6;
    assert.equal(bus.read(1, 'realtimeTick'), 0);
  });

  describe('the bus watchdog', () => {
    const armed = (): VirtualDynamixelRig => {
      const bus = rig();
      bus.write(1, 'profileVelocity', 100);
      bus.write(1, 'torqueEnable', 1);
      bus.write(1, 'busWatchdog', 5);
      bus.write(1, 'goalPosition', 4000);
      return bus;
    };

    it('stops the servo at its position when no packet arrives in time, and rejects goals until it is cleared', () => {
      const bus = armed();
      bus.run(95);
      assert.equal(bus.read(1, 'busWatchdog'), 5);
      bus.run(110);
      const stopped = bus.read(1, 'presentPosition');
      assert.equal(bus.read(1, 'busWatchdog'), -1);
      assert.ok(stopped < 3900);
      bus.run(500);
      assert.ok(Math.abs(bus.read(1, 'presentPosition') - stopped) < 40);
      for (const name of ['goalPosition', 'goalVelocity', 'goalPwm'] as const) assert.equal(bus.write(1, name, 0), 4);
      assert.equal(bus.write(1, 'led', 1), 0);
      assert.equal(bus.write(1, 'busWatchdog', 5), 4);
      assert.equal(bus.write(1, 'busWatchdog', 0), 0);
      assert.equal(bus.write(1, 'goalPosition', 2100), 0);
    });

    it('is reset by any instruction packet, also one for another servo', () => {
      const bus = armed();
      for (let i = 0; i < 10; i++) {
        bus.run(80);
        bus.ask({ kind: 'ping', id: 200 });
      }
      assert.equal(bus.read(1, 'busWatchdog'), 5);
    });

    it('does not run without torque, and is not reset by a late packet after it has expired', () => {
      const bus = rig();
      bus.write(1, 'busWatchdog', 5);
      bus.run(1000);
      assert.equal(bus.read(1, 'busWatchdog'), 5);
      const late = armed();
      late.nowNs += 200e6;
      assert.equal(late.read(1, 'busWatchdog'), -1, 'the packet that comes too late does not save it');
    });
  });

  describe('alarms', () => {
    it('overload turns torque off and is latched until the servo restarts', () => {
      const bus = rig();
      bus.write(1, 'torqueEnable', 1);
      bus.bus.overload(0);
      assert.equal(bus.read(1, 'torqueEnable'), 0);
      assert.equal(bus.write(1, 'torqueEnable', 1), 0x81);
      assert.equal(bus.read(1, 'torqueEnable'), 0);
      bus.ask({ kind: 'reboot', id: 1 });
      bus.run(120);
      assert.deepEqual([bus.read(1, 'hardwareErrorStatus'), bus.write(1, 'torqueEnable', 1)], [0, 0]);
    });

    it('full torque against a blocked joint ends in an overload', () => {
      const bus = rig();
      bus.write(1, 'torqueEnable', 1);
      bus.write(1, 'goalPosition', 3000);
      for (let i = 0; i < 4000; i++) bus.bus.step([{ turns: 0.5, turnsPerS: 0 }], (bus.nowNs += 1e6));
      assert.deepEqual([bus.read(1, 'hardwareErrorStatus'), bus.read(1, 'torqueEnable')], [32, 0]);
    });

    it('an undervoltage is reported, shuts down configured servos, and clears', () => {
      const bus = new VirtualDynamixelRig([servoSpec(1), servoSpec(2, { modelNumber: XL330 })]);
      bus.bus.setSupplyVolts(5.5);
      bus.run(5);
      assert.deepEqual(
        [1, 2].map((id) => [bus.read(id, 'presentVoltage'), bus.read(id, 'hardwareErrorStatus')]),
        [
          [55, 1],
          [50, 0],
        ],
        'the small servo hangs behind a regulator',
      );
      bus.bus.setSupplyVolts(3.3);
      bus.run(5);
      assert.equal(bus.read(2, 'hardwareErrorStatus'), 1);
      assert.equal(bus.write(2, 'torqueEnable', 1), 0x81);
      bus.bus.setSupplyVolts(12);
      bus.run(5);
      assert.deepEqual(
        [1, 2].map((id) => bus.read(id, 'hardwareErrorStatus')),
        [0, 1],
        'a shut-down stays',
      );
    });

    it('a brown-out keeps EEPROM, resets RAM and turns torque off', () => {
      const bus = rig();
      bus.write(1, 'maximumPosition', 3000);
      bus.write(1, 'torqueEnable', 1);
      bus.write(1, 'busWatchdog', 10);
      bus.bus.brownOut(0, bus.nowNs);
      bus.run(120);
      assert.deepEqual(
        [bus.read(1, 'maximumPosition'), bus.read(1, 'torqueEnable'), bus.read(1, 'busWatchdog')],
        [3000, 0, 0],
      );
    });
  });
});
