import assert from 'node:assert/strict';
import type { JointHealthLimits } from '../../../src/robot/health-limits.ts';
import type { JointHealth } from '../../../src/robot/reading.ts';
import { healthStep, initialHealth, type HealthStep } from '../../../src/safety/health-check.ts';

const LIMITS: JointHealthLimits = {
  joint: 'elbow',
  temperature: { warnC: 50, derateC: 60, stopC: 70 },
  supply: { warnMinV: 6, stopMinV: 5, stopMaxV: 9, forS: 0.5 },
  load: { warn: 0.7, stop: 0.9, stopS: 1 },
};
const FINE: JointHealth = { temperatureC: 30, supplyV: 7.4, load: 0.1 };

/** Steps of [values, time since the step before], from a healthy motor; the result of the last one. */
function steps(all: readonly (readonly [Partial<JointHealth>, number])[], limits = LIMITS): HealthStep {
  let memory = initialHealth([limits]);
  let last: HealthStep | null = null;
  for (const [health, elapsedS] of all) {
    last = healthStep([limits], [{ ...FINE, ...health }], memory, elapsedS);
    memory = last.memory;
  }
  return last!;
}
const kinds = ({ warnings }: HealthStep): readonly string[] => warnings.map(({ kind }) => kind);
const faultOf = ({ fault }: HealthStep): string | undefined => fault?.code;

describe('the temperature of a motor', () => {
  it('leaves a tenth of the limits at its stop, and half of the way in the middle', () => {
    assert.deepEqual(steps([[{ temperatureC: 70 }, 0]]).derating, [0.1]);
    assert.deepEqual(steps([[{ temperatureC: 500 }, 0]]).derating, [0.1]);
    assert.ok(Math.abs(steps([[{ temperatureC: 65 }, 0]]).derating[0]! - 0.55) < 1e-12);
  });

  it('reduces at once where the motor is slowed down and stopped at the same temperature', () => {
    const limits = { ...LIMITS, temperature: { warnC: 50, derateC: 60, stopC: 60 } };
    for (const [temperatureC, derating, fault] of [
      [59, 1, undefined],
      [59.9, 1, undefined],
      [60, 0.1, 'E_OVERHEATED'],
      [61, 0.1, 'E_OVERHEATED'],
    ] as const) {
      const step = steps([[{ temperatureC }, 0.02]], limits);
      assert.deepEqual([step.derating, faultOf(step)], [[derating], fault], `${temperatureC} °C`);
    }
  });

  it('that is unknown keeps a warning given', () => {
    const hot = [{ temperatureC: 55 }, 0.02] as const;
    assert.deepEqual(kinds(steps([hot])), ['temperature']);
    assert.deepEqual(kinds(steps([hot, [{ temperatureC: null }, 0.02], hot])), []);
    assert.deepEqual(steps([hot, [{ temperatureC: null }, 0.02]]).memory[0]!.warned, ['temperature']);
  });
});

describe('a value that is unknown', () => {
  it('does not hide the fault of another one', () => {
    const unknown = { temperatureC: null, supplyV: null, load: null };
    for (const [known, code] of [
      [{ temperatureC: 70 }, 'E_OVERHEATED'],
      [{ supplyV: 4.9 }, 'E_SUPPLY_VOLTAGE'],
      [{ load: 0.95 }, 'E_OVERLOADED'],
    ] as const)
      assert.equal(faultOf(steps([[{ ...unknown, ...known }, 1]])), code);
  });

  it('and one without limits change nothing', () => {
    const bad = { temperatureC: 500, supplyV: 1, load: 3 };
    const limits = { joint: 'elbow', temperature: null, supply: null, load: null };
    const step = steps([[bad, 10]], limits);
    assert.deepEqual([step.derating, step.warnings, step.fault, step.memory], [[1], [], null, initialHealth([limits])]);
  });
});

describe('the supply of a motor', () => {
  it('may be exactly at each of its limits', () => {
    assert.deepEqual(kinds(steps([[{ supplyV: 6 }, 10]])), []);
    for (const supplyV of [5, 9]) assert.equal(faultOf(steps([[{ supplyV }, 10]])), undefined, `${supplyV} V`);
    for (const supplyV of [4.99, 9.01])
      assert.equal(faultOf(steps([[{ supplyV }, 10]])), 'E_SUPPLY_VOLTAGE', `${supplyV} V`);
  });

  it('is weak or bad from exactly its time on', () => {
    assert.deepEqual(kinds(steps([[{ supplyV: 5.5 }, 0.499]])), []);
    assert.deepEqual(kinds(steps([[{ supplyV: 5.5 }, 0.5]])), ['supply']);
    assert.equal(faultOf(steps([[{ supplyV: 4.9 }, 0.499]])), undefined);
    assert.equal(faultOf(steps([[{ supplyV: 4.9 }, 0.5]])), 'E_SUPPLY_VOLTAGE');
  });

  it('is warned of again only after it was 0.3 V above the limit', () => {
    const weak = [{ supplyV: 5.5 }, 0.5] as const;
    for (const [supplyV, expected] of [
      [6.1, []],
      [6.29, []],
      [6.3, ['supply']],
      [7, ['supply']],
    ] as const)
      assert.deepEqual(kinds(steps([weak, [{ supplyV }, 0.02], weak])), expected, `${supplyV} V`);
  });
});

describe('the load of a motor', () => {
  it('is high or too high from exactly its value and time on', () => {
    for (const [load, elapsedS, warnings, fault] of [
      [0.7, 0.999, [], undefined],
      [0.7, 1, ['load'], undefined],
      [0.69, 10, [], undefined],
      [0.9, 0.999, [], undefined],
      [0.9, 1, ['load'], 'E_OVERLOADED'],
      [-0.9, 1, ['load'], 'E_OVERLOADED'],
      [0.89, 10, ['load'], undefined],
    ] as const) {
      const step = steps([[{ load }, elapsedS]]);
      assert.deepEqual([kinds(step), faultOf(step)], [warnings, fault], `${load} for ${elapsedS} s`);
    }
  });

  it('is named in percent', () => {
    const { warnings, fault } = steps([[{ load: -0.954 }, 1]]);
    assert.equal(warnings[0]!.message, 'elbow: load 95 % for 1.0 s (stop at 90 %)');
    assert.equal(fault!.message, 'elbow: load 95 % for 1.0 s');
  });
});
