import assert from 'node:assert/strict';
import fc from 'fast-check';
import { quantizeAction } from '../../src/robot/command.ts';
import type { JointSpec } from '../../src/robot/robot-spec.ts';
import { deltaActions } from '../../src/task/actions/delta-actions.ts';
import { linearActions } from '../../src/task/actions/linear-actions.ts';
import { robotActions } from '../../src/task/actions/robot-actions.ts';
import { readingOf, robotOf } from '../support/robots.ts';

const NOTHING = new Float64Array(0);

/** The raw double of an action on the grid, corners included. */
const gridAction = fc.oneof(
  fc.double({ min: -1, max: 1, noNaN: true }).map((a) => quantizeAction(a) + 0),
  fc.constantFrom(-1, 0, 1, 2 ** -23, -(2 ** -23), 1 - 2 ** -23),
);
const size = fc.double({ min: -4, max: 6, noNaN: true }).map((exponent) => 10 ** exponent);
const place = fc.double({ min: -1e3, max: 1e3, noNaN: true });

const joint: fc.Arbitrary<JointSpec> = fc
  .record({ mode: fc.constantFrom('position', 'velocity', 'effort'), size, place })
  .map(({ mode, size: width, place: min }) => ({
    name: 'joint',
    kind: 'revolute' as const,
    commandMode: mode,
    stopMode: 'hold' as const,
    limits: {
      minPositionRadOrM: min,
      maxPositionRadOrM: min + width,
      maxVelocityRadOrMPerS: width,
      maxEffortNmOrN: width,
    },
  }));

describe('action -> command -> action', () => {
  it('is the identity for joints of any mode, offset and scale, and stays within the limits', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(joint, gridAction), { minLength: 1, maxLength: 8 }), (pairs) => {
        const robot = robotOf({ joints: pairs.map(([spec]) => spec) });
        const map = robotActions(robot);
        const reading = readingOf({ positions: pairs.map(() => 0.3) });
        const action = Float32Array.from(pairs, ([, value]) => value);
        const { targets } = map.toCommand(action, reading, NOTHING);
        assert.deepEqual(map.toAction(targets, reading, NOTHING), action);
        pairs.forEach(([{ commandMode, limits }], i) => {
          const high = commandMode === 'position' ? limits.maxPositionRadOrM! : limits.maxEffortNmOrN!;
          const low = commandMode === 'position' ? limits.minPositionRadOrM! : -limits.maxEffortNmOrN!;
          assert.ok(targets[i]! >= low && targets[i]! <= high);
        });
      }),
      { numRuns: 3000, endOnFailure: true },
    );
  });

  it('ends exactly at the limits where middle and half range would round beyond them', () => {
    const limits = { minPositionRadOrM: -1.43, maxPositionRadOrM: 0.77 };
    const map = robotActions(robotOf({ joints: [{ commandMode: 'position', limits }] }));
    const reading = readingOf({ positions: [0] });
    assert.ok((-1.43 + 0.77) / 2 + (0.77 + 1.43) / 2 > 0.77);
    assert.equal(map.toCommand(Float32Array.of(1), reading, NOTHING).targets[0], 0.77);
    assert.equal(map.toCommand(Float32Array.of(-1), reading, NOTHING).targets[0], -1.43);
    assert.ok(
      map.toCommand(Float32Array.of(1.5), reading, NOTHING).targets[0]! > 1.3,
      'an action beyond 1 is for the guard to cut',
    );
  });

  it('is the identity for displacements around any present position', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('position' as const, 'velocity' as const),
        fc.tuple(gridAction, place, size, fc.double({ min: 1e-4, max: 1, noNaN: true })),
        (commandMode, [value, position, displacement, controlPeriodS]) => {
          const robot = robotOf({ joints: [{ commandMode }], controlPeriodS });
          const map = linearActions(deltaActions(robot, displacement));
          const reading = readingOf({ positions: [position] });
          const action = Float32Array.of(value);
          assert.deepEqual(map.toAction(map.toCommand(action, reading, NOTHING).targets, reading, NOTHING), action);
        },
      ),
      { numRuns: 3000, endOnFailure: true },
    );
  });

  it('refuses a joint without a range, by its name', () => {
    for (const commandMode of ['position', 'velocity', 'effort'] as const) {
      assert.throws(() => robotActions(robotOf({ joints: [{ commandMode, name: 'wrist' }] })), {
        code: 'E_ROBOT_FILE',
        message: /wrist/,
      });
    }
    const point = { minPositionRadOrM: 1, maxPositionRadOrM: 1 };
    assert.throws(() => robotActions(robotOf({ joints: [{ commandMode: 'position', limits: point }] })), {
      code: 'E_ROBOT_FILE',
    });
    assert.throws(() => deltaActions(robotOf({ joints: [{ commandMode: 'effort' }] }), 1), {
      code: 'E_ROBOT_FILE',
    });
  });
});
