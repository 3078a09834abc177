import type { Random } from '../base/random.ts';
import { forwardKinematics } from '../robot/forward-kinematics.ts';
import type { Reading, ResetState } from '../robot/reading.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { linearActions } from './actions/linear-actions.ts';
import { boundedTarget, incrementalPositionActions } from './actions/incremental-position-actions.ts';
import { createHoldCounter } from './hold-counter.ts';
import type { Task, TaskMemory, TaskStep } from './port.ts';
import { reachVolume } from './reach-volume.ts';
import { readParameters, type TaskSettings } from './settings.ts';

/** Layout of the memory: the target's x, y, z, for how many steps on end the tip was there, 1 once it was long enough, then the joint targets of the step before. */
const HOLD_COUNT_INDEX = 3;
const TARGETS_INDEX = 5;

const ACTION_COST = 0.3;
/** A metre closer is worth this much: a step of 2 cm as much as one at the edge of the radius. */
const PROGRESS_PER_M = 50;
/** Soon: where the joints would be after this part of the way to their targets. What an action does shows there at once. */
const LOOKAHEAD_FRACTION = 0.5;
/** Pull: seen as if the tip had flown on for this long, and fading below this distance, where the direction to the target is lost. */
const LOOKAHEAD_S = 0.06;
const NEAR_M = 0.05;

/**
 * Reach in space, for any arm whose robot file states its kinematics: the tip is computed from the joint positions, so that simulator and
 * hardware need no sensor for it. Poses to start in and targets are drawn from the inner part of the joints' ranges; hardware, which
 * nobody can put anywhere, begins where it stands with a new target. Actions are speeds of the joint targets (travelActions).
 * Reward of a step: 50 for each metre that the tip will soon be closer, half way from the joints to their targets, -0.3 mean(a²), and 2 at the target falling linearly to 1 at successRadiusM and 0 at twice
 * that; never terminates; success = within that radius for successHoldS on end. The joints beyond the chain, a gripper, only cost.
 */
export function createArmReach(robot: RobotSpec, settings: TaskSettings): Task {
  const parameters = readParameters(settings, {
    successRadiusM: { default: 0.03, min: 1e-6, max: 1 },
    successHoldS: { default: 0.5, min: 0, max: 60 },
    maxSpeedRadOrMPerS: { default: 1.5, min: 1e-3, max: 100 },
    maxLeadRadOrM: { default: 0.15, min: 1e-3, max: 10 },
    rangeFraction: { default: 0.6, min: 0.01, max: 1 },
    minHeightM: { default: 0.05, min: -10, max: 10 },
    minRadiusM: { default: 0.1, min: 0, max: 10 },
  });
  const { tip, jacobian } = forwardKinematics(robot);
  const volume = reachVolume(robot, parameters);
  const hold = createHoldCounter(parameters.successHoldS, robot.controlPeriodS, HOLD_COUNT_INDEX);
  const count = robot.joints.length;
  const leadRadOrM = parameters.maxLeadRadOrM;
  const joints = incrementalPositionActions(robot, {
    speedRadOrMPerS: parameters.maxSpeedRadOrMPerS,
    leadRadOrM,
    targetsOffset: TARGETS_INDEX,
  });
  const actions = linearActions(joints);

  function distanceM(reading: Reading, memory: TaskMemory): number {
    const at = tip(reading.positions);
    return Math.hypot(at[0]! - memory[0]!, at[1]! - memory[1]!, at[2]! - memory[2]!);
  }

  function predictedTip(positions: Float64Array, memory: TaskMemory): Float64Array {
    return tip(
      positions.map((q, i) => q + LOOKAHEAD_FRACTION * (boundedTarget(q, memory[TARGETS_INDEX + i]!, leadRadOrM) - q)),
    );
  }

  function predictedDistanceM(reading: Reading, memory: TaskMemory): number {
    const at = predictedTip(reading.positions, memory);
    return Math.hypot(at[0]! - memory[0]!, at[1]! - memory[1]!, at[2]! - memory[2]!);
  }

  return {
    spec: {
      name: settings.name,
      robot: robot.name,
      observationNames: [
        ...robot.joints.map((joint) => `position(${joint.name})`),
        ...robot.joints.map((joint) => `velocity(${joint.name})`),
        ...robot.joints.map((joint) => `lead(${joint.name})`),
        ...robot.joints.map((joint) => `pull(${joint.name})`),
        ...['tipX', 'tipY', 'tipZ', 'tipToTargetX', 'tipToTargetY', 'tipToTargetZ'],
      ],
      actionSize: count,
      discount: settings.discount,
      horizon: settings.horizon,
      requiredSensors: [],
    },
    sampleInitialState(random: Random): ResetState {
      const qpos = volume.pose(random);
      const memory = new Float64Array(TARGETS_INDEX + count);
      memory.set(volume.target(random));
      return { qpos, qvel: new Float64Array(count), memory };
    },
    initialMemory(reading: Reading, state: ResetState): TaskMemory {
      const memory = new Float64Array(TARGETS_INDEX + count);
      // A start that states no target (a file of starts) gets one that stands for all: the tip with every joint in the middle.
      const stated = state.memory !== undefined && state.memory.length >= 3;
      memory.set(stated ? state.memory.subarray(0, 3) : tip(volume.middle));
      memory.set(reading.positions, TARGETS_INDEX);
      return memory;
    },
    observe({ positions, velocities }: Reading, memory: TaskMemory): Float64Array {
      const observation = new Float64Array(4 * count + 6);
      observation.set(positions);
      observation.set(velocities, count);
      const at = tip(positions);
      const tipToTarget = at.map((value, k) => memory[k]! - value);
      const columns = jacobian(positions);
      const soon = predictedTip(positions, memory);
      const ahead = soon.map(
        (value, k) => memory[k]! - value - LOOKAHEAD_S * velocities.reduce((v, w, i) => v + columns[3 * i + k]! * w, 0),
      );
      const distance = Math.hypot(...tipToTarget) + NEAR_M;
      for (let i = 0; i < count; i++) {
        observation[2 * count + i] =
          boundedTarget(positions[i]!, memory[TARGETS_INDEX + i]!, leadRadOrM) - positions[i]!;
        const gradient = ahead.reduce((sum, value, k) => sum + columns[3 * i + k]! * value, 0);
        observation[3 * count + i] = gradient / distance;
      }
      observation.set(at, 4 * count);
      observation.set(tipToTarget, 4 * count + 3);
      return observation;
    },
    nextMemory({ after, command, memory }: TaskStep): TaskMemory {
      const next = memory.slice();
      hold.count(next, distanceM(after, memory) <= parameters.successRadiusM);
      next.set(command.targets, TARGETS_INDEX);
      return next;
    },
    reward({ before, after, command, memory }: TaskStep, next: TaskMemory): number {
      const distance = distanceM(after, memory);
      const action = actions.toAction(command.targets, before, memory);
      const cost = action.reduce((sum, a) => sum + a * a, 0) / count;
      const progress = predictedDistanceM(before, memory) - predictedDistanceM(after, next);
      return PROGRESS_PER_M * progress - ACTION_COST * cost + Math.max(0, 2 - distance / parameters.successRadiusM);
    },
    terminated: () => false,
    truncated: (stepsTaken) => stepsTaken >= settings.horizon,
    toCommand: actions.toCommand,
    toAction: actions.toAction,
    outcome: (memory) => (hold.succeeded(memory) ? 'success' : null),
  };
}
