import assert from 'node:assert/strict';
import fc from 'fast-check';
import { quantizeAction } from '../../src/robot/command.ts';
import { deltaActions } from '../../src/task/actions/delta-actions.ts';
import { effortAction } from '../../src/task/actions/effort-actions.ts';
import { linearActions, type JointActionMap } from '../../src/task/actions/linear-actions.ts';
import { readingOf, robotOf } from '../support/robots.ts';

const NOTHING = new Float64Array(0);

/** The raw double of an action on the grid, corners included. */
const gridAction = fc.oneof(
  fc.double({ min: -1, max: 1, noNaN: true }).map((a) => quantizeAction(a) + 0),
  fc.constantFrom(-1, 0, 1, 2 ** -23, -(2 ** -23), 1 - 2 ** -23),
);
const size = fc.double({ min: -4, max: 6, noNaN: true }).map((exponent) => 10 ** exponent);
const place = fc.double({ min: -1e3, max: 1e3, noNaN: true });

const joint: fc.Arbitrary<JointActionMap> = fc.record({ joint: fc.constant('joint'), scale: size, offset: place });

describe('action -> command -> action', () => {
  it('is the identity for joints of any offset and scale', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(joint, gridAction), { minLength: 1, maxLength: 8 }), (pairs) => {
        const map = linearActions(pairs.map(([joint]) => joint));
        const reading = readingOf({ positions: pairs.map(() => 0.3) });
        const action = Float32Array.from(pairs, ([, value]) => value);
        assert.deepEqual(map.toAction(map.toCommand(action, reading, NOTHING).targets, reading, NOTHING), action);
      }),
      { numRuns: 3000, endOnFailure: true },
    );
  });

  it('stays within the effort limits for actions in [-1, 1]', () => {
    fc.assert(
      fc.property(gridAction, size, (value, maxEffortNmOrN) => {
        const [effort] = robotOf({ joints: [{ commandMode: 'effort', limits: { maxEffortNmOrN } }] }).joints;
        const map = linearActions([effortAction(effort!)]);
        const { targets } = map.toCommand(Float32Array.of(value), readingOf({ positions: [0] }), NOTHING);
        assert.ok(Math.abs(targets[0]!) <= maxEffortNmOrN);
      }),
      { numRuns: 1000, endOnFailure: true },
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

  it('rejects a joint without a range or with another command mode, by its name', () => {
    for (const commandMode of ['position', 'velocity', 'effort'] as const) {
      const [wrist] = robotOf({ joints: [{ commandMode, name: 'wrist' }] }).joints;
      assert.throws(() => effortAction(wrist!), { code: 'E_ROBOT_FILE', message: /wrist/ });
    }
    assert.throws(() => linearActions([{ joint: 'wrist', scale: 0, offset: 0 }]), {
      code: 'E_ROBOT_FILE',
      message: /wrist/,
    });
    assert.throws(() => deltaActions(robotOf({ joints: [{ commandMode: 'effort' }] }), 1), {
      code: 'E_ROBOT_FILE',
    });
  });
});
