import assert from 'node:assert/strict';
import { healthLimits, type JointHealthLimits } from '../../../src/robot/health-limits.ts';
import type { JointHealth } from '../../../src/robot/reading.ts';
import { stallTorqueNm, servoModel } from '../../../src/robot/servo-models.ts';
import {
  healthStep,
  initialHealth,
  MIN_DERATING,
  type HealthStep,
  type JointHealthMemory,
} from '../../../src/safety/health-check.ts';
import { loadRobot } from '../../support/simulator.ts';

const LIMITS: readonly JointHealthLimits[] = [
  {
    joint: 'elbow',
    temperature: { warnC: 50, derateC: 60, stopC: 70 },
    supply: { warnMinV: 6, stopMinV: 5, stopMaxV: 9, forS: 0.5 },
    load: { warn: 0.7, stop: 0.9, stopS: 1 },
  },
];
const FINE: JointHealth = { temperatureC: 30, supplyV: 7.4, load: 0.1 };

function step(health: Partial<JointHealth>, memory = initialHealth(LIMITS), elapsedS = 0.02): HealthStep {
  return healthStep(LIMITS, [{ ...FINE, ...health }], memory, elapsedS);
}

/** The step at which a fault comes, in seconds, when the same values repeat every 20 ms; Infinity within 5 s. */
function faultAfterS(health: Partial<JointHealth>): number {
  let memory: readonly JointHealthMemory[] = initialHealth(LIMITS);
  for (let tick = 1; tick <= 250; tick++) {
    const next = step(health, memory);
    if (next.fault !== null) return tick * 0.02;
    memory = next.memory;
  }
  return Infinity;
}

describe('health check', () => {
  it('leaves a healthy motor alone', () => {
    const { derating, warnings, fault, memory } = step({});
    assert.deepEqual([derating, warnings, fault], [[1], [], null]);
    assert.deepEqual(memory, initialHealth(LIMITS));
  });

  it('warns, slows down and stops as a motor gets hot', () => {
    assert.deepEqual(step({ temperatureC: 49.9 }).warnings, []);
    const warm = step({ temperatureC: 50 });
    assert.match(warm.warnings[0]!.message, /^elbow: motor at 50 °C/);
    assert.deepEqual(warm.derating, [1]);
    assert.deepEqual(step({ temperatureC: 60 }).derating, [1]);
    assert.ok(Math.abs(step({ temperatureC: 65 }).derating[0]! - (1 + MIN_DERATING) / 2) < 1e-9);
    assert.equal(step({ temperatureC: 69.9 }).fault, null);
    const hot = step({ temperatureC: 70 });
    assert.equal(hot.fault?.code, 'E_OVERHEATED');
    assert.match(hot.fault.message, /elbow/);
    assert.equal(hot.derating[0], MIN_DERATING);
    assert.equal(step({ temperatureC: 100 }).derating[0], MIN_DERATING);
  });

  it('gives a warning once, and again after the motor has cooled by 3 degrees', () => {
    let memory = step({ temperatureC: 50 }).memory;
    for (const [temperatureC, count] of [
      [51, 0],
      [49, 0],
      [47, 0],
      [50, 0],
      [46.9, 0],
      [50, 1],
    ] as const) {
      const next = step({ temperatureC }, memory);
      assert.equal(next.warnings.length, count, `${temperatureC}`);
      memory = next.memory;
    }
  });

  it('counts a supply voltage once it has lasted', () => {
    assert.equal(faultAfterS({ supplyV: 4.9 }), 0.5);
    assert.equal(faultAfterS({ supplyV: 9.1 }), 0.5);
    assert.equal(faultAfterS({ supplyV: 5 }), Infinity);
    let memory = step({ supplyV: 4.9 }, undefined, 0.4).memory;
    memory = step({ supplyV: 7.4 }, memory).memory;
    const again = step({ supplyV: 4.9 }, memory, 0.4);
    assert.deepEqual([again.fault, again.warnings], [null, []]);
    const weak = step({ supplyV: 5.5 }, again.memory, 0.2);
    assert.deepEqual([weak.fault, weak.warnings.map(({ kind }) => kind)], [null, ['supply']]);
  });

  it('counts a load once it has lasted, in both directions', () => {
    assert.equal(faultAfterS({ load: 0.9 }), 1);
    assert.equal(faultAfterS({ load: -1 }), 1);
    assert.equal(faultAfterS({ load: 0.89 }), Infinity);
    const warned = step({ load: 0.7 }, undefined, 1);
    assert.deepEqual([warned.fault, warned.warnings.map(({ kind }) => kind)], [null, ['load']]);
  });

  it('ignores what is unknown or not a number, and keeps the time of before', () => {
    const { memory } = step({ supplyV: 4.9 }, undefined, 0.4);
    const unknown = step({ supplyV: null, temperatureC: NaN, load: null }, memory, 10);
    assert.deepEqual([unknown.fault, unknown.warnings, unknown.derating], [null, [], [1]]);
    assert.equal(step({ supplyV: 4.9 }, unknown.memory, 0.2).fault?.code, 'E_SUPPLY_VOLTAGE');
  });
});

describe('health limits', () => {
  it('are those of the servo models where the robot file has none', () => {
    const so101 = healthLimits(loadRobot('so101'))!;
    assert.deepEqual(so101[0]!.temperature, { warnC: 55, derateC: 60, stopC: 67 });
    assert.deepEqual(so101[0]!.supply, { warnMinV: 5.5, stopMinV: 4.5, stopMaxV: 14, forS: 0.5 });
    const koch = healthLimits(loadRobot('koch'))!;
    assert.deepEqual(
      koch.map(({ supply }) => supply?.stopMaxV),
      [14, 14, 7, 7, 7, 7],
    );
    assert.equal(healthLimits(loadRobot('arm2')), null);
  });

  it('are those of the robot file where it has some', () => {
    const temperature = { warnC: 40, derateC: 45, stopC: 50 };
    const so101 = healthLimits({ ...loadRobot('so101'), health: { temperature } })!;
    assert.deepEqual(so101[3]!.temperature, temperature);
    assert.equal(so101[3]!.supply?.stopMaxV, 14);
  });
});

describe('stall torque', () => {
  it('follows the supply voltage as in the data sheets', () => {
    const sts3215 = servoModel('feetech', 777)!;
    for (const [supplyV, torqueNm] of [
      [7.4, 1.91],
      [12, 2.94],
      [6, 1.549],
      [9.7, 2.425],
      [14, 3.43],
    ] as const)
      assert.ok(Math.abs(stallTorqueNm(sts3215, supplyV) - torqueNm) < 0.001, `${supplyV} V`);
    assert.equal(servoModel('dynamixel', 777), null);
  });
});
