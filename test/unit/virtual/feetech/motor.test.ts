import assert from 'node:assert/strict';
import { FeetechBench, servoSpec } from '../../../support/virtual-feetech.ts';

const STEP = 1 / 4096;

/** Lets the horn go where the motor pulls it, against nothing but its own friction; returns its course. */
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

  it('is limp at first, brakes with 2, drives with 1', () => {
    assert.deepEqual(bench.drives[0], { kind: 'torque-off' });
    bench.write(1, 'torqueEnable', 2);
    bench.run(1);
    assert.deepEqual(bench.drives[0], { kind: 'damp' });
    bench.write(1, 'torqueEnable', 1);
    bench.run(1);
    assert.equal(bench.part(), 0);
  });

  it('is switched on by a goal, as real firmware is reported to do, unless told otherwise', () => {
    bench.write(1, 'goalPosition', 2100);
    assert.equal(bench.read(1, 'torqueEnable'), 1);
    const tame = new FeetechBench([servoSpec(1)], { goalSwitchesTorqueOn: false });
    tame.write(1, 'goalPosition', 2100);
    assert.equal(tame.read(1, 'torqueEnable'), 0);
    tame.run(5);
    assert.equal(tame.part(), null);
  });

  it('pulls as stiffly as it is told at the configured gains, in proportion to P', () => {
    bench.write(1, 'positionGainP', 16);
    bench.write(1, 'goalPosition', 2048 + 101);
    bench.run(1);
    // One step of dead zone; 20 of the stall torque a turn.
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

  it('does nothing within the dead zone', () => {
    bench.write(1, 'clockwiseDeadZone', 10);
    bench.write(1, 'goalPosition', 2048 - 10);
    bench.run(1);
    assert.equal(bench.part(), 0);
    bench.write(1, 'goalPosition', 2048 - 11);
    bench.run(1);
    assert.ok(bench.part()! < 0);
  });

  it('never gives more than the torque limit', () => {
    bench.write(1, 'torqueLimit', 300);
    bench.write(1, 'goalPosition', 0);
    bench.run(1);
    assert.equal(bench.part(), -0.3);
    assert.equal(bench.read(1, 'presentLoad'), -300);
  });

  it('takes the configured torque for the whole that the model knows', () => {
    const half = new FeetechBench([servoSpec(1, { registers: { maximumTorque: 500 } })]);
    half.write(1, 'torqueLimit', 500);
    half.write(1, 'goalPosition', 4095);
    half.run(1);
    assert.equal(half.part(), 1);
    assert.equal(half.read(1, 'presentLoad'), 500);
  });

  it('stays within its position limits whatever the goal', () => {
    bench.write(1, 'minimumPosition', 1900);
    bench.write(1, 'maximumPosition', 2200);
    bench.write(1, 'goalPosition', 4000);
    const course = swing(bench, 2000);
    assert.ok(Math.abs(course.at(-1)! - 2200) < 3, `${course.at(-1)!}`);
    bench.write(1, 'goalPosition', -4000);
    assert.ok(Math.abs(swing(bench, 2000).at(-1)! - 1900) < 3);
  });

  it('goes at the speed it is told and arrives', () => {
    bench.write(1, 'goalVelocity', 500);
    bench.write(1, 'goalPosition', 2548);
    const course = swing(bench, 2000);
    const after = course[499]! - 2048;
    assert.ok(after > 180 && after < 255, `${after} steps in half a second at 500 steps/s`);
    assert.ok(Math.abs(course.at(-1)! - 2548) < 3, `${course.at(-1)!}`);
    assert.equal(bench.read(1, 'moving'), 0);
  });

  it('gathers and loses speed by its acceleration, without passing the goal', () => {
    bench.write(1, 'acceleration', 10);
    bench.write(1, 'goalPosition', 2548);
    const course = swing(bench, 3000);
    // 1000 steps/s2: 125 steps in the first half second.
    assert.ok(course[499]! - 2048 < 126 && course[499]! - 2048 > 80, `${course[499]! - 2048}`);
    assert.ok(Math.max(...course) < 2551, `${Math.max(...course)}`);
    assert.ok(Math.abs(course.at(-1)! - 2548) < 3, `${course.at(-1)!}`);
    assert.equal(bench.read(1, 'moving'), 0);
  });

  it('with torque off forgets where it was bound for: switched on it starts from where it is', () => {
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

  it('gives a part of its torque in mode 2', () => {
    bench.write(1, 'operatingMode', 2);
    bench.write(1, 'goalTime', -250);
    bench.write(1, 'torqueEnable', 1);
    bench.run(1);
    assert.equal(bench.part(), -0.25);
  });

  it('goes on by so many steps in mode 3, also beyond a turn', () => {
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

  it('show a supply out of range while it is, in every answer, and keep the torque', () => {
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

  it('let go at a supply out of range when register 19 says so', () => {
    bench.write(1, 'unloadCondition', 1);
    bench.write(1, 'goalPosition', 3000);
    bench.run(1);
    assert.ok(bench.part()! > 0);
    bench.bus.setSupplyVolts(3.5);
    bench.run(2);
    assert.equal(bench.part(), 0);
  });

  it('latch overload after the protection time, leave a fifth of the torque, and clear it when torque goes off', () => {
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

  it('latch overload when the world trips it, until torque goes off or the servo starts anew', () => {
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

  it('let go after too much current for too long', () => {
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

  it('get warm by holding, and let go when too hot', () => {
    assert.equal(bench.read(1, 'presentTemperature'), 26);
    bench.write(1, 'overloadTorque', 100);
    bench.write(1, 'maximumTemperature', 27);
    bench.write(1, 'goalPosition', 4000);
    bench.run(30_000);
    assert.equal(bench.read(1, 'status'), 4);
    assert.equal(bench.part(), 0);
  });
});
