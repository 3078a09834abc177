import assert from 'node:assert/strict';
import { FeetechBench, servoSpec } from '../../../support/virtual-feetech.ts';

const STEP = 1 / 4096;

/** Simulates the horn with friction only; returns its positions. */
function swing(bench: FeetechBench, ms: number): number[] {
  const course: number[] = [];
  let { turns, turnsPerS } = bench.shafts[0]!;
  for (let i = 0; i < ms; i++) {
    const part = bench.part() ?? 0;
    turnsPerS += (part * 100 - turnsPerS * 40) * 0.001;
    turns += turnsPerS * 0.001;
    bench.shafts[0] = { turns, turnsPerS };
    bench.run(1);
    course.push(turns * 4096);
  }
  return course;
}

describe('the motor of a virtual STS3215', () => {
  let bench: FeetechBench;
  beforeEach(() => {
    bench = new FeetechBench([servoSpec(1, { registers: { positionGainP: 16, positionGainD: 32 } })]);
  });

  it('has no torque at first, brakes with 2, drives with 1', () => {
    assert.deepEqual(bench.drives[0], { kind: 'torque-off' });
    bench.write(1, 'torqueEnable', 2);
    bench.run(1);
    assert.deepEqual(bench.drives[0], { kind: 'damp' });
    bench.write(1, 'torqueEnable', 1);
    bench.run(1);
    assert.equal(bench.part(), 0);
  });

  it('is enabled by a goal, as reported of real firmware, unless disabled', () => {
    bench.write(1, 'goalPosition', 2100);
    assert.equal(bench.read(1, 'torqueEnable'), 1);
    const tame = new FeetechBench([servoSpec(1)], { goalSwitchesTorqueOn: false });
    tame.write(1, 'goalPosition', 2100);
    assert.equal(tame.read(1, 'torqueEnable'), 0);
    tame.run(5);
    assert.equal(tame.part(), null);
  });

  it('has the configured stiffness, in proportion to P', () => {
    bench.write(1, 'positionGainP', 16);
    bench.write(1, 'goalPosition', 2048 + 101);
    bench.run(1);
    // One step of dead zone; 20 times the stall torque per turn.
    assert.ok(Math.abs(bench.part()! - 20 * 100 * STEP) < 1e-9, `${bench.part()!}`);
    bench.write(1, 'positionGainP', 8);
    bench.run(1);
    assert.ok(Math.abs(bench.part()! - 10 * 100 * STEP) < 1e-9);
  });

  it('damps in proportion to D', () => {
    bench.write(1, 'torqueEnable', 1);
    bench.shafts[0] = { turns: 0.5, turnsPerS: 0.1 };
    bench.run(1);
    assert.ok(Math.abs(bench.part()! + 0.5 * 0.1) < 1e-9);
    bench.write(1, 'positionGainD', 64);
    bench.run(1);
    assert.ok(Math.abs(bench.part()! + 2 * 0.5 * 0.1) < 1e-9);
  });

  it('applies no effort within the dead zone', () => {
    bench.write(1, 'clockwiseDeadZone', 10);
    bench.write(1, 'goalPosition', 2048 - 10);
    bench.run(1);
    assert.equal(bench.part(), 0);
    bench.write(1, 'goalPosition', 2048 - 11);
    bench.run(1);
    assert.ok(bench.part()! < 0);
  });

  it('never exceeds the torque limit', () => {
    bench.write(1, 'torqueLimit', 300);
    bench.write(1, 'goalPosition', 0);
    bench.run(1);
    assert.equal(bench.part(), -0.3);
    assert.equal(bench.read(1, 'presentLoad'), -300);
  });

  it('scales its torque by the configured torque limit', () => {
    const half = new FeetechBench([servoSpec(1, { registers: { maximumTorque: 500 } })]);
    half.write(1, 'torqueLimit', 500);
    half.write(1, 'goalPosition', 4095);
    half.run(1);
    assert.equal(half.part(), 1);
    assert.equal(half.read(1, 'presentLoad'), 500);
  });

  it('stays within its position limits for any goal', () => {
    bench.write(1, 'minimumPosition', 1900);
    bench.write(1, 'maximumPosition', 2200);
    bench.write(1, 'goalPosition', 4000);
    const course = swing(bench, 2000);
    assert.ok(Math.abs(course.at(-1)! - 2200) < 3, `${course.at(-1)!}`);
    bench.write(1, 'goalPosition', -4000);
    assert.ok(Math.abs(swing(bench, 2000).at(-1)! - 1900) < 3);
  });

  it('moves at the configured speed and arrives', () => {
    bench.write(1, 'goalVelocity', 500);
    bench.write(1, 'goalPosition', 2548);
    const course = swing(bench, 2000);
    const after = course[499]! - 2048;
    assert.ok(after > 180 && after < 255, `${after} steps in half a second at 500 steps/s`);
    assert.ok(Math.abs(course.at(-1)! - 2548) < 3, `${course.at(-1)!}`);
    assert.equal(bench.read(1, 'moving'), 0);
  });

  it('accelerates and decelerates within its limit, without overshoot', () => {
    bench.write(1, 'acceleration', 10);
    bench.write(1, 'goalPosition', 2548);
    const course = swing(bench, 3000);
    // 1000 steps/s2: 125 steps in the first half second.
    assert.ok(course[499]! - 2048 < 126 && course[499]! - 2048 > 80, `${course[499]! - 2048}`);
    assert.ok(Math.max(...course) < 2551, `${Math.max(...course)}`);
    assert.ok(Math.abs(course.at(-1)! - 2548) < 3, `${course.at(-1)!}`);
    assert.equal(bench.read(1, 'moving'), 0);
  });

  it('discards its goal with torque off and restarts at its position', () => {
    bench.write(1, 'acceleration', 1);
    bench.write(1, 'goalPosition', 3000);
    bench.run(50);
    bench.write(1, 'torqueEnable', 0);
    bench.shafts[0] = { turns: 0.25, turnsPerS: 0 };
    bench.run(5);
    bench.write(1, 'torqueEnable', 1);
    bench.run(1);
    assert.ok(Math.abs(bench.part()!) < 0.01, `${bench.part()!}`);
  });

  it('removes a lasting error by I', () => {
    bench.write(1, 'positionGainI', 100);
    bench.write(1, 'goalPosition', 2048 + 21);
    bench.run(1);
    const first = bench.part()!;
    bench.run(200);
    assert.ok(bench.part()! > 1.5 * first, `${first} then ${bench.part()!}`);
  });

  it('holds a speed in mode 1, both ways', () => {
    bench.write(1, 'operatingMode', 1);
    bench.write(1, 'torqueEnable', 1);
    for (const speed of [1000, -600]) {
      bench.write(1, 'goalVelocity', speed);
      swing(bench, 4000);
      const measured = bench.read(1, 'presentVelocity');
      assert.ok(Math.abs(measured - speed) < 30, `${measured} instead of ${speed}`);
    }
  });

  it('applies a fraction of its torque in mode 2', () => {
    bench.write(1, 'operatingMode', 2);
    bench.write(1, 'goalTime', -250);
    bench.write(1, 'torqueEnable', 1);
    bench.run(1);
    assert.equal(bench.part(), -0.25);
  });

  it('moves by relative steps in mode 3, also beyond a turn', () => {
    bench.write(1, 'operatingMode', 3);
    bench.write(1, 'goalPosition', 3000);
    swing(bench, 1500);
    bench.write(1, 'goalPosition', -500);
    const course = swing(bench, 1500);
    assert.ok(Math.abs(course.at(-1)! - (2048 + 2500)) < 3, `${course.at(-1)!}`);
    assert.ok(Math.abs(bench.read(1, 'presentPosition') - 4548) < 3);
  });
});

describe('the alarms of a virtual STS3215', () => {
  let bench: FeetechBench;
  beforeEach(() => {
    bench = new FeetechBench([servoSpec(1)]);
  });

  it('report a supply out of range in every reply while it lasts, and keep the torque', () => {
    bench.write(1, 'torqueEnable', 1);
    bench.bus.setSupplyVolts(3.5);
    bench.run(1);
    assert.equal(bench.ask({ kind: 'ping', id: 1 })[0]?.code, 1);
    assert.equal(bench.read(1, 'presentVoltage'), 35);
    assert.equal(bench.read(1, 'status'), 1);
    assert.equal(bench.part(), 0);
    bench.bus.setSupplyVolts(7.4);
    bench.run(1);
    assert.equal(bench.ask({ kind: 'ping', id: 1 })[0]?.code, 0);
    bench.bus.setSupplyVolts(9);
    bench.run(1);
    assert.equal(bench.ask({ kind: 'ping', id: 1 })[0]?.code, 1);
  });

  it('turn torque off at a supply out of range when enabled in register 19', () => {
    bench.write(1, 'unloadCondition', 1);
    bench.write(1, 'goalPosition', 3000);
    bench.run(1);
    assert.ok(bench.part()! > 0);
    bench.bus.setSupplyVolts(3.5);
    bench.run(2);
    assert.equal(bench.part(), 0);
  });

  it('latch overload after the protection time, limit torque to a fifth, and clear when torque is turned off', () => {
    bench.write(1, 'goalPosition', 4000);
    bench.run(1990);
    assert.equal(bench.read(1, 'status'), 0);
    assert.equal(bench.part(), 1);
    bench.run(20);
    assert.equal(bench.ask({ kind: 'ping', id: 1 })[0]?.code, 32);
    assert.equal(bench.part(), 0.2);
    bench.write(1, 'goalPosition', 2048);
    bench.run(100);
    assert.equal(bench.read(1, 'status'), 32);
    bench.write(1, 'torqueEnable', 0);
    assert.equal(bench.read(1, 'status'), 0);
  });

  it('latch an injected overload until torque is turned off or the servo restarts', () => {
    for (const clear of [
      (): unknown => bench.write(1, 'torqueEnable', 0),
      (): void => bench.bus.brownOut(0, bench.nowNs),
    ]) {
      bench.bus.overload(0);
      bench.run(10);
      assert.equal(bench.read(1, 'status'), 32);
      clear();
      bench.run(1000);
      assert.equal(bench.read(1, 'status'), 0);
    }
  });

  it('turn torque off after an overcurrent', () => {
    bench.write(1, 'protectionCurrent', 100);
    bench.write(1, 'overloadTorque', 100);
    bench.write(1, 'overCurrentTime', 10);
    bench.write(1, 'goalPosition', 4000);
    bench.run(50);
    assert.equal(bench.part(), 1);
    assert.ok(bench.read(1, 'presentCurrent') > 300);
    bench.run(80);
    assert.equal(bench.read(1, 'status'), 8);
    bench.run(1);
    assert.equal(bench.part(), 0);
  });

  it('warm up under load, and turn torque off above the limit', () => {
    assert.equal(bench.read(1, 'presentTemperature'), 26);
    bench.write(1, 'overloadTorque', 100);
    bench.write(1, 'maximumTemperature', 27);
    bench.write(1, 'goalPosition', 4000);
    bench.run(30_000);
    assert.equal(bench.read(1, 'status'), 4);
    assert.equal(bench.part(), 0);
  });
});
