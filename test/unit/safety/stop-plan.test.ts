import assert from 'node:assert/strict';
import type { RobotSpec, StopMode } from '../../../src/robot/robot-spec.ts';
import { DEFAULT_STOP, stopPlan } from '../../../src/safety/index.ts';
import { robotOf } from '../../support/robots.ts';

const MODES: readonly StopMode[] = ['hold', 'damp', 'torque-off'];
const ROBOT = robotOf({
  name: 'arm',
  joints: MODES.map((stopMode) => ({ name: stopMode, commandMode: 'position', stopMode })),
});

/** Mode, holdS, then and maxHoldTemperatureC of each joint. */
function rows(robot: RobotSpec, mode?: StopMode): readonly unknown[] {
  const plan = stopPlan(robot, mode);
  assert.equal(plan.robot, 'arm');
  assert.deepEqual(
    plan.joints.map(({ joint }) => joint),
    MODES,
  );
  return plan.joints.map((joint) => [joint.mode, joint.holdS, joint.then, joint.maxHoldTemperatureC]);
}

describe('stopPlan', () => {
  it('holds for 300 s, at most at 60 °C, then damps, where the robot file states nothing', () => {
    assert.deepEqual(rows(ROBOT), [
      ['hold', 300, 'damp', 60],
      ['damp', 0, 'damp', 60],
      ['torque-off', 0, 'torque-off', 60],
    ]);
    assert.equal(DEFAULT_STOP.restPositionsRadOrM, null);
  });

  it('is that of the robot file where it has one', () => {
    const stop = { holdS: 7, then: 'torque-off', maxHoldTemperatureC: 45, restPositionsRadOrM: null } as const;
    assert.deepEqual(rows({ ...ROBOT, stop }), [
      ['hold', 7, 'torque-off', 45],
      ['damp', 0, 'damp', 45],
      ['torque-off', 0, 'torque-off', 45],
    ]);
  });

  it('has one mode for every joint when it is asked for', () => {
    for (const [mode, holdS, then] of [
      ['hold', 300, 'damp'],
      ['damp', 0, 'damp'],
      ['torque-off', 0, 'torque-off'],
    ] as const)
      assert.deepEqual(
        rows(ROBOT, mode),
        MODES.map(() => [mode, holdS, then, 60]),
      );
  });
});
