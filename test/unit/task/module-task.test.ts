import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { createTask, type Task } from '../../../src/task/index.ts';
import { pendulumRobot, point2Robot, readingOf } from '../../support/robots.ts';
import { compileIn, robotFolder } from '../../support/task-modules.ts';
import { withTemporaryDirectory } from '../../support/temporary.ts';

const settings = { name: 'lift', kind: 'module', discount: 0.9, horizon: 7, parameters: {} };

/** The task of a module in which these lines are the behavior, from line 5 on. */
async function taskOf(lines: string, { head = '', parameters = {}, robot = pendulumRobot } = {}): Promise<Task> {
  const source = `import { defineTask, type Reading } from 'softqd/task';
export default defineTask({
  ${head}
  create({ robot, parameters }) { return {
${lines}
  }; },
});
`;
  return withTemporaryDirectory(async (directory) => {
    const module = await compileIn(robotFolder(directory, { 'tasks/lift.json5': '', 'tasks/lift.ts': source }));
    return createTask(robot, { ...settings, parameters }, module);
  });
}

const reading = readingOf({ positions: [0.5], velocities: [2] });
const state = { qpos: Float64Array.of(0.5), qvel: Float64Array.of(2) };
const BASIC = "observationNames: ['q'], observe: ({ positions }: Reading) => positions, reward: () => 1,";

function stepOf(task: Task, memory = task.initialMemory(reading, state)): Parameters<Task['nextMemory']>[0] {
  return { before: reading, command: { targets: Float64Array.of(1) }, after: reading, memory };
}

describe('a task of a module', () => {
  it('observes, rewards and remembers as the module says, with actions of the robot', async () => {
    const task = await taskOf(
      `observationNames: ['q', 'count'],
       initialMemory: () => [10],
       nextMemory: ({ memory }) => [memory[0]! + parameters.step],
       observe: ({ positions }, memory) => [positions[0]!, memory[0]!],
       reward: ({ action, previousAction }, next) => 100 * next[0]! + action[0]! + previousAction[0]!,
       terminated: (after, next) => next[0]! > 12,
       outcome: (memory) => (memory[0]! > 11 ? 'success' : null),`,
      { head: 'parameters: { step: { default: 1, min: 0, max: 5 } },', parameters: { step: 2 } },
    );
    assert.deepEqual(task.spec.observationNames, ['q', 'count']);
    const memory = task.initialMemory(reading, state);
    assert.deepEqual([...task.observe(reading, memory)], [0.5, 10]);
    const first = stepOf(task, memory);
    const next = task.nextMemory(first);
    // The pendulum's motor has 2 N m: a torque of 1 is an action of 0.5.
    assert.equal(task.reward(first, next), 1200.5);
    assert.equal(task.reward({ ...first, memory: next }, task.nextMemory({ ...first, memory: next })), 1401);
    assert.deepEqual([task.terminated(reading, next), task.outcome!(next, false)], [false, 'success']);
    assert.deepEqual([task.truncated(6), task.truncated(7)], [false, true]);
  });

  it('begins within the inner joint ranges, and never ends, where the module does not say otherwise', async () => {
    const task = await taskOf(BASIC);
    const { qpos, qvel } = task.sampleInitialState(new XoshiroRandom(1));
    assert.ok(Math.abs(qpos[0]!) <= 0.6 * Math.PI && qpos[0] !== 0);
    assert.deepEqual([...qvel], [0]);
    const memory = task.nextMemory(stepOf(task));
    assert.deepEqual([task.terminated(reading, memory), 'outcome' in task], [false, false]);
  });

  it('states the place in the TypeScript file of what it throws', async () => {
    const task = await taskOf(`${BASIC}
    terminated(after: Reading): boolean {
      type Missing = { values: { x: number } };
      return (after as unknown as Missing).values.x > 1;
    },`);
    assert.throws(() => task.terminated(reading, task.nextMemory(stepOf(task))), {
      code: 'E_TASK_MODULE',
      message: /tasks\/lift\.ts:8:51: terminated: Cannot read properties of undefined \(reading 'x'\)$/,
    });
  });

  for (const [lines, call, message] of [
    [
      'observe: () => [NaN],',
      (task: Task) => task.observe(reading, stepOf(task).memory),
      /observe returned NaN at index 0/,
    ],
    [
      'observe: () => [1, 2],',
      (task: Task) => task.observe(reading, stepOf(task).memory),
      /observe returned 2 values, expected 1/,
    ],
    [
      'reward: () => Infinity,',
      (task: Task) => task.reward(stepOf(task), stepOf(task).memory),
      /reward returned Infinity/,
    ],
    ['terminated: () => 1,', (task: Task) => task.terminated(reading, stepOf(task).memory), /terminated returned 1/],
    ["outcome: () => '',", (task: Task) => task.outcome!(stepOf(task).memory, false), /outcome returned /],
    ['nextMemory: () => [NaN],', (task: Task) => task.nextMemory(stepOf(task)), /nextMemory returned NaN/],
    [
      'initialMemory: () => [1], nextMemory: () => [1, 2],',
      (task: Task) => task.nextMemory(stepOf(task)),
      /nextMemory returned 2 values, expected 1/,
    ],
    [
      'sampleInitialState: () => ({ qpos: [NaN], qvel: [0] }),',
      (task: Task) => task.sampleInitialState(new XoshiroRandom(1)),
      /sampleInitialState returned NaN/,
    ],
  ] as const) {
    it(`is refused where it states ${lines}`, async () => {
      const task = await taskOf(`${BASIC} ${lines}`);
      assert.throws(() => call(task), { code: 'E_TASK_MODULE', message });
    });
  }

  it('is refused without a name for each value, without its functions, and where it throws at once', async () => {
    for (const [lines, message] of [
      ['observe: () => [], reward: () => 0,', /create returned no observationNames/],
      ["observationNames: ['q'], reward: () => 0,", /create returned no functions observe and reward/],
      [`${BASIC} observationNames: ['q', 'q'],`, /create repeats a name/],
      ["observationNames: (() => { throw new Error('no such link'); })(),", /lift\.ts:5:\d+: create: no such link/],
    ] as const) {
      await assert.rejects(taskOf(lines), { code: 'E_TASK_MODULE', message });
    }
  });

  it('is refused with parameters that it does not define, and on a robot without its sensors', async () => {
    await assert.rejects(taskOf(BASIC, { parameters: { height: 1 } }), { code: 'E_CONFIG_UNKNOWN_KEY' });
    await assert.rejects(taskOf(BASIC, { head: 'sensors: { camera: 3 },' }), {
      code: 'E_TASK_SENSOR_MISSING',
      message: /needs the sensor camera with at least 3 values/,
    });
  });

  for (const [head, message] of [
    ["sensors: ['camera'],", /lift\.ts: sensors is \["camera"\] but must be the number of values/],
    ["sensors: { camera: 'three' },", /sensors is \{"camera":"three"\} but must be/],
    ['parameters: { height: 3 },', /parameters is \{"height":3\} but must be \{ NAME: \{ default, min, max \} \}/],
    ['parameters: { height: { default: 9, min: 0, max: 1 } },', /parameters is .* but must be/],
    ['actions: { maxSpeedRadOrMPerS: -1 },', /actions is \{"maxSpeedRadOrMPerS":-1\} but must be positive numbers/],
    ['actions: { maxSpeed: 1 },', /actions has no maxSpeed; available: maxSpeedRadOrMPerS, maxLeadRadOrM/],
    ['sensor: { camera: 3 },', /defineTask has no sensor; available: parameters, sensors, actions, create/],
  ] as const) {
    it(`is refused where its definition has ${head}`, async () => {
      await assert.rejects(taskOf(BASIC, { head }), { code: 'E_TASK_MODULE', message });
    });
  }

  it('is refused without a default export of defineTask', async () => {
    await withTemporaryDirectory(async (directory) => {
      const folder = robotFolder(directory, { 'tasks/lift.json5': '', 'tasks/lift.ts': 'export const task = 1;\n' });
      const module = await compileIn(folder);
      assert.throws(() => createTask(point2Robot, settings, module), { message: /the default export is not a task/ });
    });
  });
});
