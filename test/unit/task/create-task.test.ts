import assert from 'node:assert/strict';
import { SoftqdError } from '../../../src/base/errors.ts';
import { createTask, taskNames, type TaskSettings } from '../../../src/task/index.ts';
import { arm2Robot, pendulumRobot, point2Robot, robotOf } from '../../support/robots.ts';
import { loadRobot } from '../../support/simulator.ts';

const settings = (name: string, more: Partial<TaskSettings> = {}): TaskSettings => ({
  name,
  discount: 0.99,
  horizon: 100,
  parameters: {},
  ...more,
});

function refusal(build: () => unknown): SoftqdError {
  try {
    build();
  } catch (error) {
    assert.ok(error instanceof SoftqdError, String(error));
    return error;
  }
  return assert.fail('nothing was refused');
}

describe('the door of task/', () => {
  it('knows the tasks of each robot, and none of a stranger', () => {
    assert.deepEqual(taskNames(pendulumRobot), ['Pendulum-v1']);
    assert.deepEqual(taskNames(arm2Robot), ['reach']);
    assert.deepEqual(taskNames(point2Robot), ['MultiGoal']);
    for (const arm of ['so101', 'koch']) assert.deepEqual(taskNames(loadRobot(arm)), ['reach']);
    assert.deepEqual(taskNames(loadRobot('pendulum-rig')), ['swing-up']);
    assert.deepEqual(taskNames(robotOf({ name: 'toaster', joints: [{ commandMode: 'effort' }] })), []);
  });

  it('gives reach to any arm whose file says how its joints move the tip', () => {
    const mine = { ...loadRobot('so101'), name: 'my-arm' };
    assert.equal(createTask(mine, { name: 'reach', discount: 0.9, horizon: 9, parameters: {} }).spec.robot, 'my-arm');
  });

  it('names what the robot knows when asked for another task', () => {
    const error = refusal(() => createTask(pendulumRobot, settings('reach')));
    assert.equal(error.code, 'E_TASK_UNKNOWN');
    assert.match(error.message, /pendulum has no task reach; it knows Pendulum-v1/);
    assert.deepEqual(error.values['known'], ['Pendulum-v1']);
    assert.match(error.hint, /kinematics/);
  });

  it('refuses reach on an arm without a fingertip, or with one that has no y', () => {
    for (const sensors of [[], [{ name: 'fingertip', size: 1, unit: 'm' }]]) {
      const blind = robotOf({ name: 'arm2', joints: arm2Robot.joints, sensors });
      const error = refusal(() => createTask(blind, settings('reach')));
      assert.equal(error.code, 'E_TASK_SENSOR_MISSING');
      assert.equal(error.values['sensor'], 'fingertip');
    }
  });

  it('refuses reach on an arm whose file states no effort', () => {
    const free = robotOf({ name: 'arm2', joints: [{ commandMode: 'effort' }], sensors: arm2Robot.sensors });
    assert.equal(refusal(() => createTask(free, settings('reach'))).code, 'E_ROBOT_FILE');
  });

  it('refuses wrong settings by name', () => {
    for (const more of [{ discount: 0 }, { discount: 1.01 }, { discount: NaN }, { horizon: 0 }, { horizon: 1.5 }]) {
      assert.equal(refusal(() => createTask(pendulumRobot, settings('Pendulum-v1', more))).code, 'E_CONFIG_VALUE');
    }
    const radius = refusal(() => createTask(arm2Robot, settings('reach', { parameters: { successRadiusM: '2 cm' } })));
    assert.equal(radius.code, 'E_CONFIG_VALUE');
    assert.match(radius.message, /successRadiusM is "2 cm"/);
    const typo = refusal(() => createTask(arm2Robot, settings('reach', { parameters: { succesRadiusM: 0.02 } })));
    assert.equal(typo.code, 'E_CONFIG_UNKNOWN_KEY');
    assert.match(typo.message, /successRadiusM/);
  });

  it('states robot, sizes, discount and horizon in the spec', () => {
    for (const [robot, name, observation, action] of [
      [pendulumRobot, 'Pendulum-v1', 3, 1],
      [arm2Robot, 'reach', 10, 2],
      [point2Robot, 'MultiGoal', 2, 2],
    ] as const) {
      const { spec } = createTask(robot, settings(name, { discount: 0.9, horizon: 7 }));
      assert.equal(spec.robot, robot.name);
      assert.equal(spec.observationNames.length, observation);
      assert.equal(new Set(spec.observationNames).size, observation);
      assert.deepEqual([spec.actionSize, spec.discount, spec.horizon], [action, 0.9, 7]);
    }
  });
});
