import { XoshiroRandom } from '../base/random.ts';
import { createPolicy, Network, normalize, type PolicySnapshot } from '../policy/index.ts';
import type { Reading } from '../robot/reading.ts';
import type { World } from '../simulator/port.ts';
import type { Task } from '../task/port.ts';
import { sampleField, type Field } from './contours.ts';

/** The states of figure 2 of the paper: one mode, a ring of equally good actions, two modes. */
const STATES = [
  [-2, 0],
  [0, 0],
  [2.5, 2.5],
] as const;
const ROLLOUTS = 40;
const PARTICLES = 100;
/** Half the side of the square the point lives in, m. */
const ARENA_M = 7;
const REWARD_GRID = 71;
const ACTION_GRID = 41;

interface MultiGoalRollout {
  /** Positions from the start on, m. */
  readonly path: readonly (readonly [number, number])[];
  readonly return: number;
  /** `goal0` ... or `none`. */
  readonly outcome: string;
}

export interface MultiGoalState {
  readonly state: readonly [number, number];
  /** The smallest of the critics over the actions. */
  readonly q: Field;
  /** Actions of the sampler. */
  readonly particles: readonly (readonly [number, number])[];
}

/** What figure 2 of the paper shows. */
export interface MultiGoalData {
  /** Reward of a step without motion, by position. */
  readonly reward: Field;
  readonly rollouts: readonly MultiGoalRollout[];
  readonly states: readonly MultiGoalState[];
  readonly alpha: number;
}

/**
 * Plays `sample` rollouts of a point2 MultiGoal policy in a separate world and evaluates critics and sampler at the three states of the paper.
 * `seed` determines all random numbers. Throws the errors of loading a policy that does not match.
 */
export function multiGoalData(parts: {
  snapshot: PolicySnapshot;
  task: Task;
  world: World;
  seed: number;
}): MultiGoalData {
  const { snapshot, task, world } = parts;
  const random = new XoshiroRandom(parts.seed);
  const policy = createPolicy({
    observationSize: task.spec.observationNames.length,
    actionSize: task.spec.actionSize,
    random: random.fork('policy'),
    latentCorrelation: 0,
    exploration: 'none',
  });
  policy.load(snapshot, 1);
  const initialStates = random.fork('starts');
  const play = (): MultiGoalRollout => {
    const start = task.sampleInitialState(initialStates);
    world.reset(start);
    policy.beginEpisode();
    let before = world.reading();
    let memory = task.initialMemory(before, start);
    const path = [position(before)];
    const action = new Float32Array(task.spec.actionSize);
    let sum = 0;
    for (let steps = 1; ; steps++) {
      policy.act(Float32Array.from(task.observe(before, memory)), action, 'sample');
      const command = task.toCommand(action, before, memory);
      world.step(command.targets);
      const after = world.reading();
      const step = { before, command, after, memory };
      memory = task.nextMemory(step);
      sum += task.reward(step, memory);
      path.push(position(after));
      const terminated = task.terminated(after, memory);
      if (terminated || task.truncated(steps))
        return { path, return: sum, outcome: task.outcome?.(memory, terminated) ?? 'none' };
      before = after;
    }
  };
  const rollouts = Array.from({ length: ROLLOUTS }, play);
  const states = STATES.map((state) => ({
    state,
    q: criticField(snapshot, state),
    particles: Array.from({ length: PARTICLES }, () => {
      const action = new Float32Array(task.spec.actionSize);
      policy.beginEpisode();
      policy.act(Float32Array.from(state), action, 'sample');
      return [action[0]!, action[1]!] as const;
    }),
  }));
  const alpha = Math.exp(snapshot.tensors.get('log_alpha')?.data[0] ?? NaN);
  return { reward: rewardField(task, world), rollouts, states, alpha };
}

function position({ positions }: Reading): readonly [number, number] {
  return [positions[0]!, positions[1]!];
}

/** The reward of the task for a step that does not move. */
function rewardField(task: Task, world: World): Field {
  return sampleField(REWARD_GRID, { from: -ARENA_M, to: ARENA_M }, (x, y) => {
    const state = { qpos: Float64Array.of(x, y), qvel: new Float64Array(2) };
    world.reset(state);
    const before = world.reading();
    const memory = task.initialMemory(before, state);
    const step = { before, command: task.toCommand(new Float32Array(2), before, memory), after: before, memory };
    return task.reward(step, task.nextMemory(step));
  });
}

function criticField({ meta, tensors }: PolicySnapshot, state: readonly [number, number]): Field {
  const critics = Array.from(
    { length: meta.criticCount },
    (_, c) => new Network(tensors, `critic${c}`, meta.criticLayers),
  );
  const input = new Float32Array(4);
  const mean = tensors.get('normalizer.mean')!.data;
  normalize(Float32Array.from(state), mean, tensors.get('normalizer.scale')!.data, input.subarray(0, 2));
  return sampleField(ACTION_GRID, { from: -1, to: 1 }, (x, y) => {
    input.set([x, y], 2);
    return Math.min(...critics.map((critic) => critic.run(input)[0]!));
  });
}
