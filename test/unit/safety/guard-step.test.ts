import assert from 'node:assert/strict';
import { createGuard } from '../../../src/safety/index.ts';
import { readingOf, robotOf } from '../../support/robots.ts';

const robot = robotOf({
  name: 'arm',
  joints: [
    {
      name: 'shoulder',
      commandMode: 'position',
      limits: { minPositionRadOrM: -2, maxPositionRadOrM: 2, maxVelocityRadOrMPerS: 4, maxEffortNmOrN: 1 },
    },
  ],
});
const reading = readingOf({ positions: [0.5] });
const commandTo = (target: number): { targets: Float64Array } => ({ targets: Float64Array.of(target) });

describe('the memory of a guard', () => {
  const guard = createGuard(robot, { controlPeriodS: 0.02, readingMaxAgeS: 0.05 });
  const armed = guard.arm(guard.initialMemory, reading);

  it('determines the limits: the same memory results in the same command', () => {
    const input = { command: commandTo(2), reading, nowNs: 0 };
    const first = guard.check(armed, input);
    guard.check(first.memory, input);
    assert.deepEqual(guard.check(armed, input), first);
    assert.deepEqual([...first.safeCommand.targets], [0.58]);
  });

  it('is not changed by a check', () => {
    const copy = structuredClone(armed);
    guard.check(armed, { command: commandTo(2), reading, nowNs: 0 });
    assert.deepEqual(armed, copy);
  });

  it('carries the previous command and the sequence to the next check', () => {
    const first = guard.check(armed, { command: commandTo(2), reading, nowNs: 0 });
    const second = guard.check(first.memory, { command: commandTo(2), reading, nowNs: 0.02e9 });
    assert.ok(second.safeCommand.targets[0]! > 0.65);
    assert.equal(second.safeCommand.sequence, first.safeCommand.sequence + 1);
  });
});
