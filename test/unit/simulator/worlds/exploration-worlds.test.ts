import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import loadMujoco from '@mujoco/mujoco';
import { XoshiroRandom } from '../../../../src/base/random.ts';
import { createWorld, type World } from '../../../../src/simulator/index.ts';
import { loadTask, taskSettings } from '../../../support/gymnasium.ts';
import { loadRobot, robotDirectory } from '../../../support/simulator.ts';

const TORSO_RADIUS_M = 0.25;
/** Of a wave of full effort; the best of six tried, 2.5 m in 500 steps. */
const WAVE_HZ = 0.5;

interface Box {
  readonly name: string;
  readonly position: readonly number[];
  readonly halfSize: readonly number[];
}

interface Scene {
  readonly boxes: readonly Box[];
  readonly target: readonly number[];
}

/** The boxes of a model that stand still, and its site `target` where it has one. */
async function sceneOf(robot: string): Promise<Scene> {
  const mujoco = await loadMujoco({});
  const model = mujoco.MjModel.from_xml_string(readFileSync(path.join(robotDirectory(robot), 'model.xml'), 'utf8'));
  const [bodies, types] = [model.geom_bodyid as Int32Array, model.geom_type as Int32Array];
  const [positions, sizes] = [model.geom_pos as Float64Array, model.geom_size as Float64Array];
  const boxes = Array.from({ length: model.ngeom }, (_, i) => i)
    .filter((i) => bodies[i] === 0 && types[i] === mujoco.mjtGeom.mjGEOM_BOX.value)
    .map((i) => ({
      name: model.geom(i).name,
      position: [...positions.subarray(3 * i, 3 * i + 3)],
      halfSize: [...sizes.subarray(3 * i, 3 * i + 3)],
    }));
  const target = [...(model.site_pos as Float64Array).subarray(0, model.nsite > 0 ? 3 : 0)];
  model.delete();
  return { boxes, target };
}

function worldOf(robot: string): Promise<World> {
  return createWorld(loadRobot(robot), robotDirectory(robot));
}

/** All states on the way of two worlds from the same state under the same random commands. */
function statesOf(worlds: readonly World[], steps: number, joints: number): number[][][] {
  const random = new XoshiroRandom(4);
  const start = worlds[0]!.initialState();
  for (const world of worlds) world.reset(start);
  return Array.from({ length: steps }, () => {
    const targets = Float64Array.from({ length: joints }, () => 2 * random.uniform() - 1);
    return worlds.map((world) => {
      world.step(targets);
      return ['qpos', 'qvel'].flatMap((sensor) => [...world.reading().sensors.get(sensor)!]);
    });
  });
}

describe('the worlds of the exploration tasks', function () {
  this.timeout(60_000);

  for (const [robot, body] of [
    ['snake', 'swimmer'],
    ['quadruped', 'ant'],
  ] as const) {
    describe(robot, () => {
      const worlds: World[] = [];
      before(async () => {
        worlds.push(await worldOf(robot), await worldOf(body));
      });
      after(() => worlds.forEach((world) => world.dispose()));

      it(`moves exactly like ${body} where nothing is in its way`, () => {
        const [own, other] = [loadRobot(robot), loadRobot(body)];
        assert.deepEqual(own.joints, other.joints);
        assert.equal(own.controlPeriodS, other.controlPeriodS);
        const states = statesOf(worlds, 30, own.joints.length);
        for (const [i, [here, there]] of states.entries()) assert.deepEqual(here, there, `step ${i}`);
        assert.ok(Math.hypot(states.at(-1)![0]![0]!, states.at(-1)![0]![1]!) < 0.7, 'near the start');
      });
    });
  }
});

/** An episode of the snake under a traveling wave of full effort; the sign of the lag is its direction. */
function swim(world: World, lagRad: number): { readonly largestX: number; readonly outcome: string | null } {
  const task = loadTask('snake', 'forward-backward');
  const start = world.initialState();
  world.reset(start);
  let before = world.reading();
  let memory = task.initialMemory(before, start);
  for (let i = 0; i < 500; i++) {
    const phase = 2 * Math.PI * i * 0.04 * WAVE_HZ;
    const command = { targets: Float64Array.of(Math.sin(phase), Math.sin(phase + lagRad)) };
    world.step(command.targets);
    const after = world.reading();
    memory = task.nextMemory({ before, command, after, memory });
    before = after;
  }
  return { largestX: memory[0]!, outcome: task.outcome!(memory, false) };
}

describe('the finish line of the snake', function () {
  this.timeout(60_000);

  it('is drawn where the task has it', async () => {
    const { boxes } = await sceneOf('snake');
    assert.deepEqual(
      boxes.map(({ name, position }) => [name, position[0]]),
      [['finish_line', taskSettings('snake', 'forward-backward').parameters['finishLineM']]],
    );
  });

  it('is crossed by a wave forward within an episode, and not by the one backward', async () => {
    const world = await worldOf('snake');
    const [forward, backward] = [swim(world, -1), swim(world, 1)];
    world.dispose();
    assert.equal(forward.outcome, 'crossed', `x up to ${forward.largestX}`);
    assert.equal(backward.outcome, 'none', `x up to ${backward.largestX}`);
  });
});

/** From here on the maze. Distances on the ground, m. */
const STEP_M = 0.05;

/** The smallest distance to the target of a disc of the torso's radius that starts at the origin, by filling a grid. */
function smallestDistance({ boxes, target }: Scene): number {
  const [low, high] = [-6, 12];
  const count = Math.round((high - low) / STEP_M) + 1;
  const at = (i: number): number => low + STEP_M * i;
  const isFree = (i: number, j: number): boolean =>
    boxes.every(({ position, halfSize }) => {
      const dx = Math.max(0, Math.abs(at(i) - position[0]!) - halfSize[0]!);
      const dy = Math.max(0, Math.abs(at(j) - position[1]!) - halfSize[1]!);
      return Math.hypot(dx, dy) >= TORSO_RADIUS_M - 1e-9;
    });
  const origin = Math.round(-low / STEP_M);
  const seen = new Uint8Array(count * count);
  const open = [[origin, origin] as const];
  seen[origin * count + origin] = 1;
  let smallest = Infinity;
  for (let cell = open.pop(); cell !== undefined; cell = open.pop()) {
    const [i, j] = cell;
    assert.ok(i > 0 && j > 0 && i < count - 1 && j < count - 1, 'the maze is closed');
    smallest = Math.min(smallest, Math.hypot(at(i) - target[0]!, at(j) - target[1]!));
    for (const [k, l] of [
      [i + 1, j],
      [i - 1, j],
      [i, j + 1],
      [i, j - 1],
    ] as const) {
      if (seen[k * count + l] === 1 || !isFree(k, l)) continue;
      seen[k * count + l] = 1;
      open.push([k, l]);
    }
  }
  return smallest;
}

const mirrored = ({ position: [x = NaN, y = NaN, z = NaN], ...box }: Box): Box => ({ ...box, position: [x, -y, z] });

/** The state mirrored in the plane y = 0: legs 1 and 4, and 2 and 3, change places, and hips turn the other way. */
function mirroredState({ qpos, qvel }: { readonly qpos: Float64Array; readonly qvel: Float64Array }): number[][] {
  const legs = (from: Float64Array, at: number): number[] =>
    [3, 2, 1, 0].flatMap((leg) => [-from[at + 2 * leg]!, from[at + 2 * leg + 1]!]);
  const [x, y, z, qw, qx, qy, qz] = qpos as unknown as number[];
  const [vx, vy, vz, wx, wy, wz] = qvel as unknown as number[];
  return [
    [x!, -y!, z!, qw!, -qx!, qy!, -qz!, ...legs(qpos, 7)],
    [vx!, -vy!, vz!, -wx!, wy!, -wz!, ...legs(qvel, 6)],
  ];
}

/** Commands are in the order of legs 4, 1, 2, 3. */
function mirroredTargets(targets: Float64Array): Float64Array {
  return Float64Array.from([1, 0, 3, 2].flatMap((leg) => [-targets[2 * leg]!, targets[2 * leg + 1]!]));
}

describe('the maze', function () {
  this.timeout(60_000);
  let scene: Scene;
  let world: World;
  before(async () => {
    scene = await sceneOf('quadruped');
    world = await worldOf('quadruped');
  });
  after(() => world.dispose());

  const place = (x: number, y: number, velocity: readonly [number, number]): void => {
    const { qpos, qvel } = world.initialState();
    qpos.set([x, y]);
    qvel.set(velocity);
    world.reset({ qpos, qvel });
  };
  const state = (): { qpos: Float64Array; qvel: Float64Array } => {
    const { sensors } = world.reading();
    return { qpos: sensors.get('qpos')!, qvel: sensors.get('qvel')! };
  };

  it('is its own mirror image in y = 0, but for the barrier in the upper passage', () => {
    const text = (boxes: readonly Box[]): string[] =>
      boxes.map(({ position, halfSize }) => [...position, ...halfSize].map((value) => value + 0).join(' ')).sort();
    const walls = scene.boxes.filter(({ name }) => name !== 'barrier');
    assert.equal(walls.length, scene.boxes.length - 1);
    assert.deepEqual(text(walls.map(mirrored)), text(walls));
    assert.ok(scene.boxes.find(({ name }) => name === 'barrier')!.position[1]! > 0);
  });

  it('has the target of the task, and a threshold just below the smallest distance through the blocked passage', () => {
    const { targetXM, targetYM, passedDistanceM } = taskSettings('quadruped', 'maze').parameters as Record<
      string,
      number
    >;
    assert.deepEqual(scene.target.slice(0, 2), [targetXM, targetYM]);
    assert.ok(smallestDistance(scene) < STEP_M, 'the lower passage leads to the target');
    const barrier = scene.boxes.find(({ name }) => name === 'barrier')!;
    const smallest = smallestDistance({ ...scene, boxes: [...scene.boxes, mirrored(barrier)] });
    assert.ok(Math.abs(smallest - 3.69) < 0.005, `${smallest}`);
    assert.ok(passedDistanceM! < smallest && passedDistanceM! > smallest - 0.15);
  });

  it('is the same for a mirrored robot: both passages feel alike up to the barrier', () => {
    const random = new XoshiroRandom(6);
    const commands = Array.from({ length: 12 }, () => Float64Array.from({ length: 8 }, () => 2 * random.uniform() - 1));
    const run = (sign: 1 | -1): { qpos: Float64Array; qvel: Float64Array }[] => {
      // Against the corner of the block at the bend, so that walls act, too.
      place(1.2, sign * 2, [3, sign * -0.5]);
      return commands.map((targets) => {
        world.step(sign === 1 ? targets : mirroredTargets(targets));
        return state();
      });
    };
    const [upper, lower] = [run(1), run(-1)];
    for (const [i, { qpos, qvel }] of upper.entries()) {
      const [q, v] = mirroredState(lower[i]!);
      for (const [k, value] of [...qpos, ...qvel].entries())
        assert.ok(Math.abs(value - [...q!, ...v!][k]!) < 1e-6, `step ${i}, value ${k}: ${value}`);
    }
  });

  /** The farthest place along the velocity within a second. */
  const slide = (x: number, y: number, velocity: readonly [number, number]): number => {
    place(x, y, velocity);
    let farthest = -Infinity;
    for (let i = 0; i < 20; i++) {
      world.step(new Float64Array(8));
      const { qpos } = state();
      const speed = Math.hypot(...velocity);
      farthest = Math.max(farthest, (qpos[0]! * velocity[0] + qpos[1]! * velocity[1]) / speed);
    }
    return farthest;
  };

  it('has walls that hold a robot that is thrown against them', () => {
    for (const [x, y, velocity, face] of [
      [0, 0, [10, 0], 2],
      [0, 0, [-10, 0], 2],
      [0, 2, [0, 10], 4.5],
      [0, -2, [0, -10], 4.5],
      [3.2, 3, [10, 0], 5],
      [8, 0, [10, 0], 10],
      [8, 0, [-10, 0], -6],
      [6.8, 3, [-10, 0], -5.2],
    ] as const) {
      const farthest = slide(x, y, velocity);
      assert.ok(farthest < face - 0.2, `from ${x}, ${y}: ${farthest}, wall at ${face}`);
      assert.ok(farthest > face - 1.5, `from ${x}, ${y}: ${farthest} does not come to the wall at ${face}`);
    }
  });

  it('is open where the barrier has its mirror image', () => {
    assert.ok(slide(3.2, -3, [10, 0]) > 5.4);
  });
});
