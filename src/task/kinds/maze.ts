import type { Reading } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { effortAction } from '../actions/effort-actions.ts';
import { linearActions } from '../actions/linear-actions.ts';
import { coordinateIndex, generalizedStateOf, observeState, QPOS, QVEL, stateNames } from '../generalized-state.ts';
import type { Task, TaskMemory, TaskStep } from '../port.ts';
import { sensorValues } from '../sensors.ts';
import { readParameters, type TaskSettings } from '../settings.ts';
import { taskSpec } from '../task-spec.ts';
import { INITIAL_STATE_PARAMETERS, sampleInitialState } from './locomotion/initial-state.ts';

const PARAMETERS = {
  /** Where the target is. */
  targetXM: { default: 0, min: -1e6, max: 1e6 },
  targetYM: { default: 0, min: -1e6, max: 1e6 },
  /** Standard deviation of the reward around the target. */
  rewardWidthM: { default: 1, min: 1e-6, max: 1e6 },
  /** An episode counts as passed once the robot has been nearer to the target than this. */
  passedDistanceM: { default: 1, min: 0, max: 1e6 },
  ...INITIAL_STATE_PARAMETERS,
} as const;

/**
 * The maze of Haarnoja et al. 2017 (section 5.2): a walking robot looks for the way to a target. Reward: exp(-d² / (2 rewardWidthM²)), d the
 * distance on the ground from the root's position at the end of the step to the target. Terminates when the up-vector of the torso points
 * down (z < 0). Observation: all coordinates and velocities. Memory: the smallest d of the episode. Outcome: `passed`, or `none`.
 */
export function createMaze(robot: RobotSpec, settings: TaskSettings): Task {
  const parameters = readParameters(settings, PARAMETERS);
  const { targetXM, targetYM, rewardWidthM, passedDistanceM } = parameters;
  const state = generalizedStateOf(robot, settings, 1);
  const indexOf = (element: string): number => coordinateIndex(state, settings, element);
  const [x, y] = [indexOf('rootX'), indexOf('rootY')];
  const quaternion = ['W', 'X', 'Y', 'Z'].map((part) => indexOf(`rootQuaternion${part}`));
  const actions = linearActions(robot.joints.map((joint) => effortAction(joint)));
  const distance = (reading: Reading): number => {
    const qpos = sensorValues(reading, QPOS);
    return Math.hypot(qpos[x]! - targetXM, qpos[y]! - targetYM);
  };
  return {
    spec: taskSpec(robot, settings, stateNames(state), [QPOS, QVEL]),
    sampleInitialState: (random) => sampleInitialState(state, parameters, random),
    initialMemory: (reading) => Float64Array.of(distance(reading)),
    observe: observeState,
    nextMemory: ({ memory, after }: TaskStep) => Float64Array.of(Math.min(memory[0]!, distance(after))),
    reward: ({ after }: TaskStep) => Math.exp(-0.5 * (distance(after) / rewardWidthM) ** 2),
    terminated: (after) => !(upwards(sensorValues(after, QPOS), quaternion) >= 0),
    truncated: (stepsTaken) => stepsTaken >= settings.horizon,
    toCommand: actions.toCommand,
    toAction: actions.toAction,
    outcome: (memory: TaskMemory) => (memory[0]! < passedDistanceM ? 'passed' : 'none'),
  };
}

/** The z of the body's up-vector times the squared length of its quaternion, which need not be 1. */
function upwards(qpos: Float64Array, [w, x, y, z]: readonly number[]): number {
  return qpos[w!]! ** 2 - qpos[x!]! ** 2 - qpos[y!]! ** 2 + qpos[z!]! ** 2;
}
