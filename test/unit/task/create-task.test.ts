import assert from 'node:assert/strict';
import { SoftqdError } from '../../../src/base/errors.ts';
import { createTask, type TaskSettings } from '../../../src/task/index.ts';
import { arm2Robot, pendulumRobot, point2Robot, robotOf } from '../../support/robots.ts';
import { loadRobot } from '../../support/simulator.ts';

const settings = (kind: string, more: Partial<TaskSettings> = {}): TaskSettings => ({
  name: `my-${kind}`,
  kind,
  discount: 0.99,
  horizon: 100,
  parameters: {},
  ...more,
});

function rejection(build: () => unknown): SoftqdError {
  try {
    build();
  } catch (error) {
    assert.ok(error instanceof SoftqdError, String(error));
    return error;
  }
  return assert.fail('nothing was rejected');
}

describe('createTask', () => {
  it('creates a task of each kind for every robot that meets its requirements, independent of the name', () => {
    const so101 = loadRobot('so101');
    for (const [robot, kind] of [
      [so101, 'reach'],
      [arm2Robot, 'reach'],
      [pendulumRobot, 'pendulum'],
      [pendulumRobot, 'swing-up'],
      [loadRobot('pendulum-rig'), 'pendulum'],
      [point2Robot, 'multi-goal'],
      [loadRobot('walker2d'), 'locomotion'],
    ] as const) {
      const { spec } = createTask({ ...robot, name: 'my-robot' }, settings(kind));
      assert.deepEqual([spec.robot, spec.name], ['my-robot', `my-${kind}`]);
    }
  });

  it('computes the tip of a robot with kinematics and reads the sensor of one without', () => {
    assert.deepEqual(createTask(loadRobot('so101'), settings('reach')).spec.requiredSensors, []);
    assert.deepEqual(createTask(arm2Robot, settings('reach')).spec.requiredSensors, ['fingertip']);
  });

  it('rejects an unknown kind with the closest one and the list', () => {
    const error = rejection(() => createTask(pendulumRobot, settings('raech')));
    assert.equal(error.code, 'E_CONFIG_VALUE');
    assert.match(
      error.message,
      /unknown kind "raech"; available: balance, external, finish-line, hold-pose, locomotion, maze, multi-goal, pendulum, reach, reacher, swing-up, track/,
    );
    assert.match(error.hint, /reach/);
  });

  it('rejects a robot with another number of joints, naming both', () => {
    for (const [robot, kind, expected] of [
      [arm2Robot, 'pendulum', /kind pendulum needs a robot with 1 joint; robot arm2 has 2/],
      [arm2Robot, 'swing-up', /1 joint; robot arm2 has 2/],
      [pendulumRobot, 'multi-goal', /2 joints; robot pendulum has 1/],
    ] as const) {
      const error = rejection(() => createTask(robot, settings(kind)));
      assert.equal(error.code, 'E_ROBOT_FILE');
      assert.match(error.message, expected);
    }
  });

  it('rejects joints with another command mode, naming the joint', () => {
    const slide = robotOf({ joints: [{ name: 'slide', commandMode: 'velocity' }] });
    const error = rejection(() => createTask(slide, settings('pendulum')));
    assert.equal(error.code, 'E_ROBOT_FILE');
    assert.match(error.message, /slide.*commandMode effort/);
  });

  it('rejects reach on an arm without kinematics and without a fingertip sensor of two values', () => {
    for (const sensors of [[], [{ name: 'fingertip', size: 1, unit: 'm' }]]) {
      const blind = robotOf({ name: 'arm2', joints: arm2Robot.joints, sensors });
      const error = rejection(() => createTask(blind, settings('reach')));
      assert.equal(error.code, 'E_TASK_SENSOR_MISSING');
      assert.equal(error.values['sensor'], 'fingertip');
    }
  });

  it('rejects reach on an arm without effort limits', () => {
    const free = robotOf({ name: 'arm2', joints: [{ commandMode: 'effort' }], sensors: arm2Robot.sensors });
    assert.equal(rejection(() => createTask(free, settings('reach'))).code, 'E_ROBOT_FILE');
  });

  it('rejects invalid settings by name', () => {
    for (const more of [{ discount: 0 }, { discount: 1.01 }, { discount: NaN }, { horizon: 0 }, { horizon: 1.5 }]) {
      assert.equal(rejection(() => createTask(pendulumRobot, settings('pendulum', more))).code, 'E_CONFIG_VALUE');
    }
    const radius = rejection(() =>
      createTask(arm2Robot, settings('reach', { parameters: { successRadiusM: '2 cm' } })),
    );
    assert.equal(radius.code, 'E_CONFIG_VALUE');
    assert.match(radius.message, /successRadiusM is "2 cm"/);
    const typo = rejection(() => createTask(arm2Robot, settings('reach', { parameters: { succesRadiusM: 0.02 } })));
    assert.equal(typo.code, 'E_CONFIG_UNKNOWN_KEY');
    assert.match(typo.message, /successRadiusM/);
  });

  it('fills the spec with robot, sizes, discount and horizon', () => {
    for (const [robot, kind, observation, action] of [
      [pendulumRobot, 'pendulum', 3, 1],
      [arm2Robot, 'reach', 10, 2],
      [point2Robot, 'multi-goal', 2, 2],
    ] as const) {
      const { spec } = createTask(robot, settings(kind, { discount: 0.9, horizon: 7 }));
      assert.equal(spec.robot, robot.name);
      assert.equal(spec.observationNames.length, observation);
      assert.equal(new Set(spec.observationNames).size, observation);
      assert.deepEqual([spec.actionSize, spec.discount, spec.horizon], [action, 0.9, 7]);
    }
  });
});
