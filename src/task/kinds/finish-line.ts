import type { RobotSpec } from '../../robot/robot-spec.ts';
import { effortAction } from '../actions/effort-actions.ts';
import { linearActions, squaredAction } from '../actions/linear-actions.ts';
import { generalizedStateOf, observeState, QPOS, QVEL, stateNames } from '../generalized-state.ts';
import type { Task, TaskMemory, TaskStep } from '../port.ts';
import { readParameters, type TaskSettings } from '../settings.ts';
import { taskSpec } from '../task-spec.ts';
import { createForwardMotion } from './locomotion/forward-motion.ts';
import { INITIAL_STATE_PARAMETERS, sampleInitialState } from './locomotion/initial-state.ts';

const PARAMETERS = {
  /** Cost of the sum of squared actions. */
  controlCostWeight: { default: 0, min: 0, max: 1e6 },
  /** The finish line is at this x. */
  finishLineM: { default: 1, min: -1e6, max: 1e6 },
  /** Factor of the reward of a step that ends beyond the line. */
  factorBeyondLine: { default: 1, min: 0, max: 1e6 },
  ...INITIAL_STATE_PARAMETERS,
} as const;

/**
 * The snake of Haarnoja et al. 2017 (section 5.2): move along x, forward or backward; beyond a line far enough forward the reward is larger.
 * Reward: |Δx / Δt| - controlCostWeight · Σ action², times factorBeyondLine where the step ends beyond finishLineM. Δt is the time between
 * the readings, the action the commanded effort over its limit, not clipped. Never terminates. Observation: all coordinates and velocities.
 * Memory: the largest x of the episode. Outcome: `crossed`, or `none`.
 */
export function createFinishLine(robot: RobotSpec, settings: TaskSettings): Task {
  const parameters = readParameters(settings, PARAMETERS);
  const { controlCostWeight, finishLineM, factorBeyondLine } = parameters;
  const state = generalizedStateOf(robot, settings, 1);
  const forward = createForwardMotion(robot, state);
  const joints = robot.joints.map((joint) => effortAction(joint));
  const actions = linearActions(joints);
  return {
    spec: taskSpec(robot, settings, stateNames(state), [...new Set([QPOS, QVEL, forward.sensor])]),
    sampleInitialState: (random) => sampleInitialState(state, parameters, random),
    initialMemory: (reading) => Float64Array.of(forward.position(reading)),
    observe: observeState,
    nextMemory: ({ memory, after }: TaskStep) => Float64Array.of(Math.max(memory[0]!, forward.position(after))),
    reward({ before, command, after }: TaskStep): number {
      const reward =
        Math.abs(forward.speed(before, after)) - controlCostWeight * squaredAction(command.targets, joints);
      return forward.position(after) > finishLineM ? factorBeyondLine * reward : reward;
    },
    terminated: () => false,
    truncated: (stepsTaken) => stepsTaken >= settings.horizon,
    toCommand: actions.toCommand,
    toAction: actions.toAction,
    outcome: (memory: TaskMemory) => (memory[0]! > finishLineM ? 'crossed' : 'none'),
  };
}
