import assert from 'node:assert/strict';
import { TaskExaminer, type Examination } from '../../../src/commands/task/examine-task.ts';
import { openReadings } from '../../../src/commands/task/robot-readings.ts';
import type { RobotSpec } from '../../../src/robot/robot-spec.ts';
import { createTask, type Task } from '../../../src/task/index.ts';
import { loadRobot } from '../../support/simulator.ts';

const pendulumRobot = loadRobot('pendulum');
const worldless: RobotSpec = { ...pendulumRobot };
Reflect.deleteProperty(worldless, 'world');
const settings = { name: 'own', kind: 'pendulum', discount: 0.9, horizon: 50, parameters: {} };

/** The examination of the pendulum's task with these functions replaced; a clock that stands still unless `nowMs` is given. */
async function examined(
  changed: (task: Task) => Partial<Task>,
  { nowMs = (): number => 0, robot = pendulumRobot } = {},
): Promise<Examination> {
  const task = createTask(robot, settings);
  const readings = await openReadings(robot, '.');
  try {
    const timing = { controlPeriodS: robot.controlPeriodS, nowMs };
    return new TaskExaminer({ ...task, ...changed(task) }, readings, timing).examine();
  } finally {
    readings.dispose();
  }
}

describe('TaskExaminer', () => {
  for (const robot of [pendulumRobot, worldless]) {
    it(`finds nothing in a right task of a robot with${robot.world ? ' its' : 'out a'} world`, async () => {
      const { checks, steps, thrown } = await examined(() => ({}), { robot });
      assert.deepEqual(
        checks.filter(({ problem }) => problem !== null),
        [],
      );
      assert.deepEqual([steps, thrown], [100, null]);
    });
  }

  let calls = 0;
  beforeEach(() => {
    calls = 0;
  });
  for (const [what, changed, failed, message] of [
    ['draws numbers itself', () => ({ reward: () => calls++ }), 'pure', /reward returned another value for the same/],
    [
      'counts its calls',
      () => ({ terminated: () => calls++ > 200 }),
      'pure',
      /terminated returned another value when the episode was repeated/,
    ],
    [
      'changes a reading',
      () => ({ reward: ({ after }) => (after.positions[0]! += 0.5) }),
      'arguments',
      /reward changed its arguments/,
    ],
    [
      'begins where the simulator cannot',
      () => ({ sampleInitialState: () => ({ qpos: new Float64Array(3), qvel: new Float64Array(1) }) }),
      'initial states',
      /reset qpos has 3 values, the world needs 1/,
    ],
    ['rewards with NaN', () => ({ reward: () => NaN }), 'finite', /reward returned NaN/],
    ['has fewer values than names', () => ({ observe: () => new Float64Array(2) }), 'shapes', /2 values, expected 3/],
    [
      'does not map commands back',
      () => ({ toAction: () => Float32Array.of(0.5) }),
      'round trip',
      /toAction\(toCommand\(action\)\) is \["0.5"\]/,
    ],
  ] as const satisfies readonly (readonly [string, (task: Task) => Partial<Task>, string, RegExp])[]) {
    it(`finds a task that ${what}`, async () => {
      const { checks } = await examined(changed);
      assert.match(checks.find(({ name }) => name === failed)!.problem ?? 'none', message);
    });
  }

  it('measures a step, and finds a slow one', async () => {
    let nowMs = 0;
    const { checks, stepUs } = await examined(() => ({}), { nowMs: () => (nowMs += 1) });
    // 7 calls a step, 1 ms each, in a period of 50 ms.
    assert.deepEqual(stepUs, { median: 7000, p99: 7000 });
    assert.equal(checks.find(({ name }) => name === 'time')!.problem, 'a step takes 7000 us, allowed are 5000');
  });

  it('returns what the task throws', async () => {
    const { thrown } = await examined(() => ({
      observe: () => createTask(pendulumRobot, { ...settings, kind: 'x' }) as never,
    }));
    assert.equal(thrown!.code, 'E_CONFIG_VALUE');
  });
});
