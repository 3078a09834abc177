import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { forwardKinematics } from '../../../src/robot/forward-kinematics.ts';
import type { Reading } from '../../../src/robot/reading.ts';
import type { RobotSpec } from '../../../src/robot/robot-spec.ts';
import { createTask, type Task } from '../../../src/task/index.ts';
import { arm2Robot, readingOf } from '../../support/robots.ts';
import { loadRobot } from '../../support/simulator.ts';

const so101 = loadRobot('so101');

function taskOf(
  robot: RobotSpec,
  kind: string,
  parameters: Record<string, unknown>,
  reward?: Record<string, number>,
): Task {
  const settings = { name: 'own', kind, discount: 0.9, horizon: 50, parameters };
  return createTask(robot, reward === undefined ? settings : { ...settings, reward });
}

/** Reward, observation after it and outcome of a step from `before` to `after` with this action. */
function stepped(
  task: Task,
  {
    before,
    after,
    action = [],
    memory = [],
  }: { before: number[]; after: number[]; action?: number[]; memory?: number[] },
): { reward: number; seen: Record<string, number>; outcome: string | null } {
  const from = readingOf({ positions: before });
  const to = readingOf({ positions: after, velocities: after.map(() => 2) });
  const start = task.initialMemory(from, {
    qpos: from.positions,
    qvel: from.velocities,
    ...(memory.length > 0 && { memory: Float64Array.from(memory) }),
  });
  const given = Float32Array.from({ length: task.spec.actionSize }, (_, i) => action[i] ?? 0);
  const step = { before: from, command: task.toCommand(given, from, start), after: to, memory: start };
  const next = task.nextMemory(step);
  return { reward: task.reward(step, next), seen: named(task, to, next), outcome: task.outcome!(next, false) };
}

function named(task: Task, reading: Reading, memory: Float64Array): Record<string, number> {
  const values = task.observe(reading, memory);
  return Object.fromEntries(task.spec.observationNames.map((name, i) => [name, values[i]!]));
}

const near = (actual: number, expected: number): void => {
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual}, expected ${expected}`);
};

describe('reward terms', () => {
  const pose = { positionsRadOrM: { shoulder: 1, elbow: 0 }, toleranceRadOrM: 0.4 };
  // Root of the mean squared error: 0.5 / sqrt(2) before, 0.3 / sqrt(2) after.
  const [before, after] = [0.5 / Math.SQRT2, 0.3 / Math.SQRT2];
  for (const [term, expected] of [
    ['distance', after],
    ['progress', before - after],
    ['nearness', 1 - after / 0.8],
    ['success', 1],
    ['speed', 4],
    ['effort', (0.25 + 1) / 2],
    ['smoothness', (0.25 + 1) / 2],
    ['alive', 1],
  ] as const) {
    it(`weighs ${term}`, () => {
      const task = taskOf(arm2Robot, 'hold-pose', pose, { [term]: -3 });
      near(stepped(task, { before: [0.5, 0], after: [0.7, 0], action: [0.5, -1] }).reward, -3 * expected);
    });
  }

  it('are added, and the last action is observed where smoothness counts', () => {
    const task = taskOf(arm2Robot, 'hold-pose', pose, { alive: 5, smoothness: -2 });
    const { reward, seen } = stepped(task, { before: [0.5, 0], after: [0.7, 0], action: [0.5, -1] });
    near(reward, 5 - 1.25);
    assert.deepEqual([seen['lastAction(shoulder)'], seen['lastAction(elbow)']], [0.5, -1]);
    assert.ok(!taskOf(arm2Robot, 'hold-pose', pose).spec.observationNames.includes('lastAction(elbow)'));
  });

  it('are refused where they do not exist, and for a kind with a reward of its own', () => {
    assert.throws(() => taskOf(arm2Robot, 'hold-pose', pose, { distanse: 1 }), {
      code: 'E_CONFIG_UNKNOWN_KEY',
      hint: 'Did you mean distance?',
    });
    assert.throws(() => taskOf(loadRobot('pendulum'), 'pendulum', {}, { alive: 1 }), {
      code: 'E_CONFIG_VALUE',
      message: /kind pendulum defines its reward/,
    });
  });
});

describe('hold-pose', () => {
  it('goes to the stated pose, and with other joints to the middle of their range', () => {
    const task = taskOf(so101, 'hold-pose', { positionsRadOrM: { elbow_flex: 0.4 } });
    const middle = so101.joints.map(({ limits }) => (limits.minPositionRadOrM! + limits.maxPositionRadOrM!) / 2);
    const { seen } = stepped(task, { before: middle, after: middle });
    so101.joints.forEach(({ name }, i) => near(seen[`error(${name})`]!, name === 'elbow_flex' ? 0.4 - middle[i]! : 0));
  });

  it('succeeds once the pose was held long enough', () => {
    const hold = (successHoldS: number): string | null =>
      stepped(taskOf(arm2Robot, 'hold-pose', { successHoldS }), { before: [0, 0], after: [0.01, 0] }).outcome;
    assert.deepEqual([hold(0), hold(arm2Robot.controlPeriodS), hold(1)], ['success', 'success', null]);
  });

  for (const [positionsRadOrM, message] of [
    [{ wrist: 1 }, /positionsRadOrM\.wrist is no joint; joints: shoulder, elbow/],
    [{ elbow: true }, /positionsRadOrM\.elbow must be a number/],
    [[1, 2], /must be \{ JOINT: position \}/],
    [{ gripper: 9 }, /gripper is 9, the joint's range is/],
  ] as const) {
    it(`refuses ${JSON.stringify(positionsRadOrM)}`, () => {
      const robot = 'gripper' in positionsRadOrM ? so101 : arm2Robot;
      assert.throws(() => taskOf(robot, 'hold-pose', { positionsRadOrM }), { code: 'E_CONFIG_VALUE', message });
    });
  }
});

describe('track', () => {
  const square = [[0, 0], [1, 0], [1, 1], [0, 1]]; // prettier-ignore
  const { controlPeriodS } = arm2Robot;

  it('follows a closed path at constant speed, and sees where it is now and 0.2 s ahead', () => {
    const task = taskOf(arm2Robot, 'track', { jointPathRadOrM: square, durationS: 4 }, { distance: -1 });
    // One side takes 1 s. After the step the path is at 3.9 s: 0.1 before its first point, 0.2 s later 0.1 after it.
    const { seen, reward } = stepped(task, { before: [0, 0], after: [0, 0], memory: [3.9 - controlPeriodS] });
    near(seen['toPath(elbow)']!, 0.1);
    near(seen['toPath(shoulder)']!, 0);
    near(seen['toPathAhead(elbow)']!, 0);
    near(seen['toPathAhead(shoulder)']!, 0.1);
    near(reward, -0.1);
  });

  it('stays at the end of an open path, and begins at its beginning', () => {
    const task = taskOf(arm2Robot, 'track', { jointPathRadOrM: square, durationS: 3, closed: false });
    assert.deepEqual([...task.sampleInitialState(new XoshiroRandom(1)).memory!], [0]);
    const { seen } = stepped(task, { before: [0, 0], after: [0, 0], memory: [100] });
    assert.deepEqual([seen['toPath(shoulder)'], seen['toPath(elbow)']], [0, 1]);
  });

  it('leads the tip of a robot with kinematics', () => {
    const task = taskOf(so101, 'track', { pathM: [[0.2, 0, 0.2], [0.2, 0.1, 0.2]], closed: false }); // prettier-ignore
    const positions = so101.joints.map(() => 0);
    const [x] = forwardKinematics(so101).tip(positions);
    near(stepped(task, { before: positions, after: positions }).seen['toPath(tipX)']!, 0.2 - x!);
  });

  for (const [parameters, message] of [
    [{}, /needs one of pathM and jointPathRadOrM/],
    [{ pathM: [[0, 0, 0], [1, 0, 0]], jointPathRadOrM: square }, /needs one of/], // prettier-ignore
    [{ jointPathRadOrM: [[0, 0]] }, /at least two points of 2 numbers/],
    [{ jointPathRadOrM: [[0, 0], [1]] }, /at least two points of 2 numbers/], // prettier-ignore
  ] as const) {
    it(`refuses ${JSON.stringify(parameters)}`, () => {
      assert.throws(() => taskOf(arm2Robot, 'track', parameters), { code: 'E_CONFIG_VALUE', message });
    });
  }
});

describe('reach with an orientation', () => {
  const task = taskOf(
    so101,
    'reach',
    { successAngleRad: 0.1, successHoldS: 0, angleWeightMPerRad: 0.5 },
    { distance: -1 },
  );
  const { tip, rotation } = forwardKinematics(so101);
  const zero = so101.joints.map(() => 0);
  /** The target where the tip is when these joints are turned. */
  const targetAt = (turned: Record<string, number>): number[] => {
    const positions = so101.joints.map(({ name }) => turned[name] ?? 0);
    return [...tip(positions), ...rotation(positions)];
  };

  it('counts the angle to the target orientation beside the distance', () => {
    // The roll joint turns the tip about itself.
    const rolled = { before: zero, after: zero, memory: targetAt({ wrist_roll: 0.3 }) };
    const { reward, seen, outcome } = stepped(task, rolled);
    const moved = Math.hypot(seen['tipToTargetX']!, seen['tipToTargetY']!, seen['tipToTargetZ']!);
    near(Math.hypot(seen['turnToTargetX']!, seen['turnToTargetY']!, seen['turnToTargetZ']!), 0.3);
    near(reward, -moved - 0.15);
    assert.equal(outcome, null);
    assert.ok(seen['pull(wrist_roll)']! > 0.49, 'turning the joint comes closer');
  });

  it('succeeds within both tolerances', () => {
    const at = (roll: number): string | null =>
      stepped(task, { before: zero, after: zero, memory: targetAt({ wrist_roll: roll }) }).outcome;
    // Half a turn is the largest angle, not none.
    assert.deepEqual([at(0.05), at(0.15), at(Math.PI)], ['success', null, null]);
  });

  it('is not observed without successAngleRad', () => {
    const plain = taskOf(so101, 'reach', {}, { distance: -1 });
    assert.ok(!plain.spec.observationNames.includes('turnToTargetX'));
    const { reward, seen } = stepped(plain, { before: zero, after: zero, memory: targetAt({ shoulder_pan: 0.2 }) });
    near(reward, -Math.hypot(seen['tipToTargetX']!, seen['tipToTargetY']!, seen['tipToTargetZ']!));
  });
});

describe('external', () => {
  const sensor = (name: string, size: number): RobotSpec['sensors'][number] => ({ name, size, unit: '' });
  const sensors = [sensor('observation', 3), sensor('reward', 1), sensor('terminated', 1), sensor('success', 1)];
  const readingWith = (terminated: number, success: number): Reading =>
    readingOf({
      positions: [0, 0],
      sensors: { observation: [1, 2, 3], reward: [-7], terminated: [terminated], success: [success] },
    });

  it('takes observation, reward, end and success from the simulator', () => {
    const task = taskOf({ ...arm2Robot, sensors }, 'external', {});
    const [before, after] = [readingWith(0, 0), readingWith(1, 1)];
    assert.deepEqual(task.spec.observationNames, ['observation[0]', 'observation[1]', 'observation[2]']);
    const memory = task.initialMemory(before, { qpos: before.positions, qvel: before.velocities });
    assert.deepEqual([...task.observe(before, memory)], [1, 2, 3]);
    const step = { before, command: task.toCommand(new Float32Array(2), before, memory), after, memory };
    const next = task.nextMemory(step);
    assert.deepEqual(
      [task.reward(step, next), task.terminated(before, memory), task.terminated(after, next)],
      [-7, false, true],
    );
    assert.deepEqual([task.outcome!(memory, false), task.outcome!(next, true)], [null, 'success']);
    assert.ok(!('outcome' in taskOf({ ...arm2Robot, sensors: sensors.slice(0, 3) }, 'external', {})));
  });

  it('needs its sensors', () => {
    assert.throws(() => taskOf({ ...arm2Robot, sensors: sensors.slice(0, 2) }, 'external', {}), {
      code: 'E_TASK_SENSOR_MISSING',
      message: /needs the sensor terminated/,
    });
  });
});
