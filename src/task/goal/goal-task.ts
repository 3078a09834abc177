import type { Random } from '../../base/random.ts';
import type { Reading, ResetState } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { behaviorTask, DEFAULT_LEAD_RAD_OR_M, DEFAULT_SPEED_RAD_OR_M_PER_S } from '../behavior-task.ts';
import { createHoldCounter } from '../hold-counter.ts';
import type { TaskBehavior } from '../modules/define-task.ts';
import type { Task } from '../port.ts';
import { DEFAULT_RANGE_FRACTION, samplePose } from '../sample-pose.ts';
import type { TaskParameters, TaskSettings } from '../settings.ts';
import { composeReward, type RewardWeights } from './reward-terms.ts';

/** What every task with a goal takes; E_CONFIG_VALUE names a parameter outside these ranges. */
export const GOAL_PARAMETERS = {
  /** How long the goal must be held, s. */
  successHoldS: { default: 0.5, min: 0, max: 60 },
  /** Joint speed of a full action. */
  maxSpeedRadOrMPerS: { default: DEFAULT_SPEED_RAD_OR_M_PER_S, min: 1e-3, max: 100 },
  /** Largest distance of a position target ahead of its joint. */
  maxLeadRadOrM: { default: DEFAULT_LEAD_RAD_OR_M, min: 1e-3, max: 10 },
  /** Fraction of every joint's range, around its middle, in which episodes begin. */
  rangeFraction: { default: DEFAULT_RANGE_FRACTION, min: 0, max: 1 },
} as const;

/** Where a robot must be; `memory` is the goal's own. Distances in rad or m. */
export interface Goal {
  readonly names: readonly string[];
  /** What is observed beside the positions and velocities of the joints. */
  observe(reading: Reading, memory: Float64Array): ArrayLike<number>;
  distance(reading: Reading, memory: Float64Array): number;
  readonly tolerance: number;
  /** Absent: within the tolerance. */
  reached?(reading: Reading, memory: Float64Array): boolean;
  /** What an episode's reset state carries for `begin`. Default: nothing. */
  sampleMemory?(random: Random): Float64Array;
  /** The goal's memory at an episode's first reading; `given` is what sampleMemory drew. Default: nothing. */
  begin?(given: Float64Array | undefined): Float64Array;
  /** The goal's memory after a step. Default: the same. */
  advance?(memory: Float64Array): Float64Array;
}

/** The hold counter's two elements precede the goal's memory. */
const GOAL_INDEX = 2;

/**
 * A task with a goal, for any robot. Reward: composed of terms. Never terminates. Success: the goal is held for successHoldS without
 * interruption. Observation: positions, velocities, what the goal observes, the last action where the reward weighs smoothness.
 */
export function goalTask(
  robot: RobotSpec,
  settings: TaskSettings,
  {
    goal,
    parameters,
    weights,
  }: {
    readonly goal: Goal;
    readonly parameters: TaskParameters<typeof GOAL_PARAMETERS>;
    readonly weights: RewardWeights;
  },
): Task {
  const { reward, weighs } = composeReward(settings, weights);
  const hold = createHoldCounter(parameters.successHoldS, robot.controlPeriodS, 0);
  const ofGoal = (memory: Float64Array): Float64Array => memory.subarray(GOAL_INDEX);
  const distance = (reading: Reading, memory: Float64Array): number => goal.distance(reading, ofGoal(memory));
  const reached = (reading: Reading, memory: Float64Array): boolean =>
    goal.reached?.(reading, ofGoal(memory)) ?? distance(reading, memory) <= goal.tolerance;
  const behavior: TaskBehavior = {
    observationNames: [
      ...robot.joints.map(({ name }) => `position(${name})`),
      ...robot.joints.map(({ name }) => `velocity(${name})`),
      ...goal.names,
    ],
    sampleInitialState(random): ResetState {
      const pose = samplePose(robot, random, parameters.rangeFraction);
      return goal.sampleMemory === undefined ? pose : { ...pose, memory: goal.sampleMemory(random) };
    },
    initialMemory: (_reading, { memory }) => [0, 0, ...(goal.begin?.(memory) ?? [])],
    observe: (reading, memory) => [
      ...reading.positions,
      ...reading.velocities,
      ...Array.from(goal.observe(reading, ofGoal(memory))),
    ],
    nextMemory({ after, memory }) {
      const next = memory.slice();
      if (goal.advance !== undefined) next.set(goal.advance(ofGoal(memory)), GOAL_INDEX);
      hold.count(next, reached(after, next));
      return next;
    },
    // Both distances are to the goal after the step: a goal that moves makes no progress of its own.
    reward: (step, next) =>
      reward({
        ...step,
        distanceBefore: distance(step.before, next),
        distanceAfter: distance(step.after, next),
        tolerance: goal.tolerance,
        reached: reached(step.after, next),
      }),
    outcome: (memory) => (hold.succeeded(memory) ? 'success' : null),
  };
  return behaviorTask(robot, settings, { behavior, actions: parameters, observePreviousAction: weighs('smoothness') });
}
