import type { Random } from '../../base/random.ts';
import type { Reading, ResetState } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { deltaActions, type DeltaMap } from '../actions/delta-actions.ts';
import { linearActions } from '../actions/linear-actions.ts';
import type { Task, TaskMemory, TaskStep } from '../port.ts';
import { requireJoints } from '../require-joints.ts';
import { readParameters, type TaskSettings } from '../settings.ts';
import { taskSpec } from '../task-spec.ts';

/** The goals, x and y in m. */
export const MULTI_GOALS_M = [
  [5, 0],
  [-5, 0],
  [0, 5],
  [0, -5],
] as const;
/** A goal is reached at a smaller distance than this. */
export const MULTI_GOAL_RADIUS_M = 1;
const GOAL_REWARD = 10;
const ACTION_COST = 30;
const START_STANDARD_DEVIATION_M = 0.1;

/**
 * The multi-goal point mass of Haarnoja et al. 2017 (section 5.1; numbers of the released code): an action moves the point by at most 1 m in
 * x and y; reward -30 |a|² - min_g |p' - g|², +10 and terminated when the point comes within 1 m of a goal.
 * a is the commanded displacement clipped to ±1; initial states N(0, 0.1² I). Memory: the goal reached, or -1.
 * Needs two joints with commandMode velocity or position.
 */
export function createMultiGoal(robot: RobotSpec, settings: TaskSettings): Task {
  requireJoints(robot, settings, 2);
  readParameters(settings, {});
  const joints = deltaActions(robot, 1);
  const actions = linearActions(joints);

  return {
    spec: taskSpec(robot, settings, ['x', 'y']),
    sampleInitialState(random: Random): ResetState {
      const x = START_STANDARD_DEVIATION_M * random.normal();
      const y = START_STANDARD_DEVIATION_M * random.normal();
      return { qpos: Float64Array.of(x, y), qvel: new Float64Array(2) };
    },
    initialMemory: () => Float64Array.of(-1),
    observe: (reading) => Float64Array.of(reading.positions[0]!, reading.positions[1]!),
    nextMemory: ({ after }) => Float64Array.of(reachedGoal(after)),
    reward(step: TaskStep, next: TaskMemory): number {
      const bonus = next[0]! >= 0 ? GOAL_REWARD : 0;
      return -ACTION_COST * squaredAction(joints, step) - nearestGoal(step.after).squaredDistance + bonus;
    },
    terminated: (_after, next) => next[0]! >= 0,
    truncated: (stepsTaken) => stepsTaken >= settings.horizon,
    toCommand: actions.toCommand,
    toAction: actions.toAction,
    outcome: (memory) => (memory[0]! >= 0 ? `goal${memory[0]!}` : 'none'),
  };
}

function nearestGoal(reading: Reading): { index: number; squaredDistance: number } {
  const x = reading.positions[0]!;
  const y = reading.positions[1]!;
  let index = -1;
  let squaredDistance = Infinity;
  MULTI_GOALS_M.forEach(([goalX, goalY], i) => {
    const squared = (x - goalX) ** 2 + (y - goalY) ** 2;
    if (squared < squaredDistance) {
      squaredDistance = squared;
      index = i;
    }
  });
  return { index, squaredDistance };
}

function reachedGoal(reading: Reading): number {
  const { index, squaredDistance } = nearestGoal(reading);
  return squaredDistance < MULTI_GOAL_RADIUS_M ** 2 ? index : -1;
}

/** |a|² of a command that the guard has not clipped. */
function squaredAction(joints: readonly DeltaMap[], { before, command }: TaskStep): number {
  let sum = 0;
  joints.forEach(({ offset, scale }, i) => {
    const origin = offset === 'present-position' ? before.positions[i]! : offset;
    const action = Math.max(-1, Math.min(1, (command.targets[i]! - origin) / scale));
    sum += action * action;
  });
  return sum;
}
