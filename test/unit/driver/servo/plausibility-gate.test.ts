import assert from 'node:assert/strict';
import { PlausibilityGate } from '../../../../src/driver/servo/plausibility-gate.ts';

/** One turn a second at most. */
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
  it('believes what the joint can have reached since, and no more', () => {
    const gate = new PlausibilityGate(limits);
    assert.ok(gate.accept(at(2000), 0, true));
    // 10 ms at 1.5 turns a second are 61 steps, and 40 of margin.
    assert.ok(!gate.accept(at(2103), 10 * MS, true));
    assert.ok(gate.accept(at(2101), 10 * MS, true));
  });

  it('opens with the time since the last believed value, so that a joint is found again', () => {
    const gate = new PlausibilityGate(limits);
    gate.accept(at(2000), 0, true);
    assert.ok(!gate.accept(at(3000), 100 * MS, true));
    assert.ok(gate.accept(at(3000), 200 * MS, true));
  });

  it('does not believe what no register, supply or motor can say', () => {
    const gate = new PlausibilityGate(limits);
    assert.ok(!gate.accept(at(-101), 0, false));
    assert.ok(!gate.accept(at(5001), 0, false));
    assert.ok(!gate.accept(at(2000, 4.1), 0, false));
    assert.ok(!gate.accept({ ...at(2000), supplyV: 31 }, 0, false));
    assert.ok(!gate.accept({ ...at(2000), temperatureC: 121 }, 0, false));
    assert.ok(gate.accept(at(2000, 3.9), 0, false));
  });

  it('while nobody drives, three values in a row that fit each other are believed', () => {
    const gate = new PlausibilityGate(limits);
    gate.accept(at(1000), 0, false);
    assert.ok(!gate.accept(at(4000), 1 * MS, false));
    assert.ok(!gate.accept(at(4001), 2 * MS, false));
    assert.ok(gate.accept(at(4002), 3 * MS, false));
  });
});
