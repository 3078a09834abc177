import type { Random } from '../../../base/random.ts';
import type { Reading, ResetState } from '../../../robot/reading.ts';
import type { RobotSpec } from '../../../robot/robot-spec.ts';
import { incrementalPositionActions } from '../../actions/incremental-position-actions.ts';
import { linearActions } from '../../actions/linear-actions.ts';
import { createHoldCounter } from '../../hold-counter.ts';
import type { Task, TaskMemory, TaskStep } from '../../port.ts';
import { readParameters, type TaskSettings } from '../../settings.ts';
import { taskSpec } from '../../task-spec.ts';
import { reachGeometry, TARGETS_INDEX } from './reach-geometry.ts';
import { REACH_VOLUME_PARAMETERS, reachVolume } from './reach-volume.ts';

/** Index of the hold counter in the memory, after the target's x, y, z. */
const HOLD_COUNT_INDEX = 3;

const ACTION_COST = 0.3;
/** Reward of one meter closer to the target: 2 cm are worth as much as one step at the edge of the success radius. */
const PROGRESS_PER_M = 50;

/** E_CONFIG_VALUE names a parameter outside these ranges. */
const PARAMETERS = {
  successRadiusM: { default: 0.03, min: 1e-6, max: 1 },
  successHoldS: { default: 0.5, min: 0, max: 60 },
  maxSpeedRadOrMPerS: { default: 1.5, min: 1e-3, max: 100 },
  maxLeadRadOrM: { default: 0.15, min: 1e-3, max: 10 },
  ...REACH_VOLUME_PARAMETERS,
} as const;

/**
 * Reach in space, for any arm whose robot file has kinematics: the tip is computed from the joint positions, so that simulator and
 * hardware need no sensor for it. Initial poses and targets are sampled from the inner fraction of the joint ranges; hardware begins
 * at its present pose with a new target. Actions are speeds of the joint targets (incrementalPositionActions).
 * Reward of a step: 50 for each meter that the predicted tip comes closer, -0.3 mean(a²), and 2 at the target, falling linearly to 1
 * at successRadiusM and 0 at twice that. Never terminates. Success: within that radius for successHoldS. Joints beyond the chain
 * (a gripper) only add cost.
 */
export function createKinematicReach(robot: RobotSpec, settings: TaskSettings): Task {
  const parameters = readParameters(settings, PARAMETERS);
  const { successRadiusM, maxLeadRadOrM: leadRadOrM, maxSpeedRadOrMPerS: speedRadOrMPerS } = parameters;
  const geometry = reachGeometry(robot, leadRadOrM);
  const volume = reachVolume(robot, parameters);
  const hold = createHoldCounter(parameters.successHoldS, robot.controlPeriodS, HOLD_COUNT_INDEX);
  const count = robot.joints.length;
  const joints = incrementalPositionActions(robot, { speedRadOrMPerS, leadRadOrM, targetsOffset: TARGETS_INDEX });
  const actions = linearActions(joints);
  return {
    spec: taskSpec(robot, settings, geometry.observationNames),
    sampleInitialState(random: Random): ResetState {
      const qpos = volume.pose(random);
      const memory = new Float64Array(TARGETS_INDEX + count);
      memory.set(volume.target(random));
      return { qpos, qvel: new Float64Array(count), memory };
    },
    initialMemory(reading: Reading, state: ResetState, heldTargets?: Float64Array | null): TaskMemory {
      const memory = new Float64Array(TARGETS_INDEX + count);
      // An initial state without a target (a file of initial states) uses the tip position with every joint in the middle of its range.
      const given = state.memory !== undefined && state.memory.length >= 3;
      memory.set(given ? state.memory.subarray(0, 3) : geometry.tip(volume.middle));
      // A joint under load is behind its target: beginning at its position would move it.
      memory.set(heldTargets ?? reading.positions, TARGETS_INDEX);
      return memory;
    },
    observe: geometry.observe,
    nextMemory({ after, command, memory }: TaskStep): TaskMemory {
      const next = memory.slice();
      hold.count(next, geometry.distanceM(after, memory) <= successRadiusM);
      next.set(command.targets, TARGETS_INDEX);
      return next;
    },
    reward({ before, after, command, memory }: TaskStep, next: TaskMemory): number {
      const distance = geometry.distanceM(after, memory);
      const action = actions.toAction(command.targets, before, memory);
      const cost = action.reduce((sum, a) => sum + a * a, 0) / count;
      const progress = geometry.predictedDistanceM(before, memory) - geometry.predictedDistanceM(after, next);
      return PROGRESS_PER_M * progress - ACTION_COST * cost + Math.max(0, 2 - distance / successRadiusM);
    },
    terminated: () => false,
    truncated: (stepsTaken) => stepsTaken >= settings.horizon,
    toCommand: actions.toCommand,
    toAction: actions.toAction,
    outcome: (memory) => (hold.succeeded(memory) ? 'success' : null),
  };
}
