import assert from 'node:assert/strict';
import { PlausibilityGate } from '../../../../src/driver/servo/plausibility-gate.ts';

/** At most one turn per second. */
const limits = { range: { min: -100, max: 5000 }, stepsPerTurn: 4096, maxTurnsPerS: 1 };
const at = (positionSteps: number, turnsPerS = 0): Parameters<PlausibilityGate['accept']>[0] => ({
  positionSteps,
  turnsPerS,
  load: 0,
  supplyV: 7,
  temperatureC: 30,
});
const MS = 1e6;

describe('plausibility gate', () => {
  it('accepts only positions that the joint can have reached', () => {
    const gate = new PlausibilityGate(limits);
    assert.ok(gate.accept(at(2000), 0, true));
    // 10 ms at 1.5 turns per second are 61 steps, plus 40 of margin.
    assert.ok(!gate.accept(at(2103), 10 * MS, true));
    assert.ok(gate.accept(at(2101), 10 * MS, true));
  });

  it('widens with the time since the last accepted value', () => {
    const gate = new PlausibilityGate(limits);
    gate.accept(at(2000), 0, true);
    assert.ok(!gate.accept(at(3000), 100 * MS, true));
    assert.ok(gate.accept(at(3000), 200 * MS, true));
  });

  it('rejects values outside the range of register, supply or motor', () => {
    const gate = new PlausibilityGate(limits);
    assert.ok(!gate.accept(at(-101), 0, false));
    assert.ok(!gate.accept(at(5001), 0, false));
    assert.ok(!gate.accept(at(2000, 4.1), 0, false));
    assert.ok(!gate.accept({ ...at(2000), supplyV: 31 }, 0, false));
    assert.ok(!gate.accept({ ...at(2000), temperatureC: 121 }, 0, false));
    assert.ok(gate.accept(at(2000, 3.9), 0, false));
  });

  it('accepts three consecutive consistent values while disarmed', () => {
    const gate = new PlausibilityGate(limits);
    gate.accept(at(1000), 0, false);
    assert.ok(!gate.accept(at(4000), 1 * MS, false));
    assert.ok(!gate.accept(at(4001), 2 * MS, false));
    assert.ok(gate.accept(at(4002), 3 * MS, false));
  });
});
