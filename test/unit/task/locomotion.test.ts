import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import type { Reading } from '../../../src/robot/reading.ts';
import { createTask, type Task } from '../../../src/task/index.ts';
import { loadTask, taskSettings } from '../../support/gymnasium.ts';
import { readingOf, robotOf } from '../../support/robots.ts';
import { loadRobot } from '../../support/simulator.ts';

const NONE = new Float64Array(0);

type Sensors = Readonly<Record<string, readonly number[]>>;

function zeros(count: number): number[] {
  return Array<number>(count).fill(0);
}

function at(values: number[], index: number, value: number): number[] {
  return values.map((old, i) => (i === index ? value : old));
}

/** A reading of the hopper; the joints are what the sensors contain. */
function hopperAt(qpos: readonly number[], qvel: readonly number[] = zeros(6)): Reading {
  return readingOf({ positions: qpos.slice(3), velocities: qvel.slice(3), sensors: { qpos, qvel } });
}

function antAt(sensors: Sensors = {}): Reading {
  const upright = at(at(zeros(15), 2, 0.75), 3, 1);
  return readingOf({
    positions: zeros(8),
    sensors: { qpos: upright, qvel: zeros(14), torso: zeros(3), contact_forces: zeros(84), ...sensors },
  });
}

function reward(task: Task, before: Reading, after: Reading, targets: readonly number[]): number {
  return task.reward({ before, command: { targets: Float64Array.from(targets) }, after, memory: NONE }, NONE);
}

const STANDING = [0, 1.25, 0, 0, 0, 0];

describe('locomotion: reward', () => {
  it('is forward speed over the whole period, less the cost of the raw action', () => {
    const cheetah = loadTask('half-cheetah', 'HalfCheetah-v5');
    const place = (x: number): Reading =>
      readingOf({ positions: zeros(6), sensors: { qpos: at(zeros(9), 0, x), qvel: at(zeros(9), 0, 99) } });
    assert.equal(reward(cheetah, place(1), place(1.5), zeros(6)), 0.5 / 0.05);
    // 3 lies beyond the range of the motor and counts in full.
    assert.equal(reward(cheetah, place(0), place(0), [3, -1, 0, 0, 0, 0]), -0.1 * 10);
  });

  it('takes the time between the readings where it is not the control period', () => {
    const swimmer = loadTask('swimmer', 'Swimmer-v5');
    const place = (x: number, timeS: number): Reading =>
      readingOf({ positions: zeros(2), arrivalNs: timeS * 1e9, sensors: { qpos: at(zeros(5), 0, x), qvel: zeros(5) } });
    assert.equal(reward(swimmer, place(0, 0), place(1, 0.08), zeros(2)), 1 / 0.08);
    assert.equal(reward(swimmer, place(0, 1.2), place(1, 1.24), zeros(2)), 1 / 0.04);
    assert.equal(reward(swimmer, place(0, 1.2), place(1, 1.2), zeros(2)), 1 / 0.04);
  });

  it('adds the healthy reward only for a healthy end of the step', () => {
    const hopper = loadTask('hopper', 'Hopper-v5');
    const fallen = hopperAt(at(STANDING, 1, 0.5));
    assert.equal(reward(hopper, hopperAt(STANDING), hopperAt(at(STANDING, 0, 0.008)), zeros(3)), 1 + 1);
    assert.equal(reward(hopper, hopperAt(STANDING), fallen, [1, 1, 0]), -1e-3 * 2);
    assert.equal(reward(hopper, fallen, hopperAt(STANDING), zeros(3)), 1);
  });

  it('takes the speed of the torso where there is such a sensor, and counts the contact forces of all bodies', () => {
    const ant = loadTask('ant', 'Ant-v5');
    const moved = antAt({ torso: [0.1, 0, 0], qpos: at(at(at(zeros(15), 0, 7), 2, 0.75), 3, 1) });
    assert.equal(reward(ant, antAt(), moved, zeros(8)), 0.1 / 0.05 + 1);
    const loaded = antAt({ contact_forces: at(at(at(zeros(84), 0, -5), 6, 0.5), 83, 2) });
    assert.equal(reward(ant, antAt(), loaded, [0, 0, 1, 0, 0, 0, 0, -1]), 1 - (0.5 * 2 + 5e-4 * 2.25));
  });
});

describe('locomotion: termination', () => {
  const cases: readonly (readonly [string, string, number, readonly [number, boolean][]])[] = [
    [
      'hopper',
      'Hopper-v5',
      1,
      [
        [0.7, true],
        [0.7000001, false],
        [50, false],
      ],
    ],
    [
      'hopper',
      'Hopper-v5',
      2,
      [
        [0.2, true],
        [0.1999, false],
        [-0.1999, false],
        [-0.2, true],
      ],
    ],
    ['hopper', 'Hopper-v5', 0, [[1e6, false]]],
    [
      'hopper',
      'Hopper-v5',
      4,
      [
        [100, true],
        [99.9, false],
        [-100, true],
      ],
    ],
    [
      'walker2d',
      'Walker2d-v5',
      1,
      [
        [0.8, true],
        [0.81, false],
        [1.99, false],
        [2, true],
      ],
    ],
    [
      'walker2d',
      'Walker2d-v5',
      2,
      [
        [1, true],
        [0.99, false],
        [-1, true],
      ],
    ],
    [
      'walker2d',
      'Walker2d-v5',
      4,
      [
        [1e6, false],
        [NaN, true],
      ],
    ],
    [
      'ant',
      'Ant-v5',
      2,
      [
        [0.2, false],
        [0.19999, true],
        [1, false],
        [1.00001, true],
      ],
    ],
    [
      'ant',
      'Ant-v5',
      0,
      [
        [1e6, false],
        [Infinity, true],
        [NaN, true],
      ],
    ],
    [
      'half-cheetah',
      'HalfCheetah-v5',
      1,
      [
        [-9, false],
        [9, false],
      ],
    ],
    ['swimmer', 'Swimmer-v5', 2, [[9, false]]],
  ];
  for (const [robot, name, index, ends] of cases) {
    it(`${name}: coordinate ${index} at ${ends.map(([value]) => value).join(', ')}`, () => {
      const task = loadTask(robot, name);
      const start = task.sampleInitialState({ uniform: () => 0.5, normal: () => 0 } as never);
      const reading = (value: number): Reading => {
        const sensors = { qpos: at([...start.qpos], index, value), qvel: [...start.qvel] };
        return readingOf({ positions: [], sensors: { torso: zeros(3), contact_forces: zeros(84), ...sensors } });
      };
      for (const [value, terminated] of ends)
        assert.equal(task.terminated(reading(value), NONE), terminated, `${value}`);
    });
  }

  it('counts velocities for the hopper', () => {
    const hopper = loadTask('hopper', 'Hopper-v5');
    for (const index of [0, 5]) {
      assert.equal(hopper.terminated(hopperAt(STANDING, at(zeros(6), index, 99)), NONE), false);
      assert.equal(hopper.terminated(hopperAt(STANDING, at(zeros(6), index, -100)), NONE), true);
    }
  });
});

describe('locomotion: observation', () => {
  it('leaves out the place on the ground and clips velocities where the task says so', () => {
    const reading = hopperAt([7, 1.25, 0.1, 0.2, 0.3, 0.4], [11, -11, 1, 2, 3, 4]);
    assert.deepEqual(
      [...loadTask('hopper', 'Hopper-v5').observe(reading, NONE)],
      [1.25, 0.1, 0.2, 0.3, 0.4, 10, -10, 1, 2, 3, 4],
    );
  });

  it('has the contact forces on the bodies, clipped, without the world; they can be left out', () => {
    const reading = antAt({ contact_forces: Array.from({ length: 84 }, (_, i) => (i - 40) / 20) });
    const observation = loadTask('ant', 'Ant-v5').observe(reading, NONE);
    assert.equal(observation.length, 105);
    assert.deepEqual([...observation.subarray(27, 29), observation[104]], [-1, -1, 1]);
    assert.equal(observation[27 + 34], 0);
    const short = loadTask('ant', 'Ant-v5', { observeContactForces: false });
    assert.deepEqual(short.observe(reading, NONE), observation.slice(0, 27));
    assert.equal(short.spec.observationNames.length, 27);
  });

  it('has the sizes of Gymnasium and one name for each value', () => {
    const sizes = { swimmer: 8, 'half-cheetah': 17, hopper: 11, walker2d: 17, ant: 105 };
    const names = ['Swimmer-v5', 'HalfCheetah-v5', 'Hopper-v5', 'Walker2d-v5', 'Ant-v5'];
    Object.entries(sizes).forEach(([robot, size], i) => {
      const { observationNames } = loadTask(robot, names[i]!).spec;
      assert.equal(observationNames.length, size);
      assert.equal(new Set(observationNames).size, size);
    });
  });
});

describe('locomotion: initial state', () => {
  it('draws coordinates uniformly and velocities as the task says', () => {
    const random = new XoshiroRandom(1);
    for (const [robot, name, position, velocity, isNormal] of [
      ['hopper', 'Hopper-v5', 5e-3, 5e-3, false],
      ['swimmer', 'Swimmer-v5', 0.1, 0.1, false],
      ['half-cheetah', 'HalfCheetah-v5', 0.1, 0.1, true],
    ] as const) {
      const task = loadTask(robot, name);
      const drawn = Array.from({ length: 2000 }, () => task.sampleInitialState(random));
      const angles = drawn.map(({ qpos }) => qpos[2]!);
      const speeds = drawn.flatMap(({ qvel }) => [...qvel]);
      const deviation = (values: number[]): number =>
        Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
      assert.ok(Math.max(...angles.map(Math.abs)) <= position);
      assert.ok(Math.abs(deviation(angles) / (position / Math.sqrt(3)) - 1) < 0.05, name);
      const expected = isNormal ? velocity : velocity / Math.sqrt(3);
      assert.ok(Math.abs(deviation(speeds) / expected - 1) < 0.05, name);
      assert.equal(Math.max(...speeds.map(Math.abs)) > velocity, isNormal);
    }
  });
});

describe('locomotion: what it needs', () => {
  const settings = taskSettings('hopper', 'Hopper-v5');
  const hopper = loadRobot('hopper');
  const without = (name: string): typeof hopper => ({
    ...hopper,
    sensors: hopper.sensors.filter((sensor) => sensor.name !== name),
  });

  it('rejects a robot without its sensors', () => {
    assert.throws(() => createTask(without('qpos'), settings), { code: 'E_TASK_SENSOR_MISSING' });
    const parameters = { observeContactForces: true };
    assert.throws(() => createTask(hopper, { ...settings, parameters }), { code: 'E_TASK_SENSOR_MISSING' });
  });

  it('rejects coordinates without names, without a forward position, and without the one it limits', () => {
    const withElements = (elements?: readonly string[]): ReturnType<typeof robotOf> => {
      const vector = { size: 2, unit: 'm', ...(elements === undefined ? {} : { elements }) };
      const sensors = ['qpos', 'qvel'].map((name) => ({ name, ...vector }));
      return robotOf({ joints: [{ commandMode: 'effort', limits: { maxEffortNmOrN: 1 } }], sensors });
    };
    const rejected = (
      elements: readonly string[] | undefined,
      parameters: Record<string, number>,
      message: RegExp,
    ): void =>
      assert.throws(() => createTask(withElements(elements), { ...settings, parameters }), {
        code: 'E_ROBOT_FILE',
        message,
      });
    rejected(undefined, {}, /does not name its elements/);
    rejected(['a', 'b'], {}, /neither a sensor torso nor the element rootX/);
    rejected(['rootX', 'b'], { minHeightM: 1 }, /limits rootZ/);
    rejected(['rootX', 'b'], { maxAngleRad: 1 }, /limits rootAngle/);
  });

  it('names a parameter that is not a flag', () => {
    assert.throws(() => createTask(hopper, { ...settings, parameters: { healthyAtLimit: 1 } }), {
      code: 'E_CONFIG_VALUE',
      message: /healthyAtLimit is 1, allowed are true and false/,
    });
  });
});
