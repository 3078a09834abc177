import type { Random } from '../base/random.ts';
import type { Reading, ResetState } from '../robot/reading.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { effortAction } from './actions/effort-actions.ts';
import { linearActions } from './actions/linear-actions.ts';
import { createHoldCounter } from './hold-counter.ts';
import type { Task, TaskMemory, TaskStep } from './port.ts';
import { requireSensors, sensorValues } from './sensors.ts';
import { readParameters, type TaskSettings } from './settings.ts';

/** Layout of the memory: where the target is, for how many steps on end the tip was there, 1 once it was long enough. */
const TARGET_X_INDEX = 0;
const TARGET_Y_INDEX = 1;
const HOLD_COUNT_INDEX = 2;

/** Largest start angle of a limited joint, as a part of its range: a start on the stop itself would begin with a contact. */
const START_RANGE_FRACTION = 0.9;
const FINGERTIP = 'fingertip';

/**
 * arm2's reach. The target lies uniformly in the ring of targetMinRadiusM..targetMaxRadiusM around the base; reward
 * -|tip - target| - 0.01 sum (u / maxEffort)² + 1 while the tip (after the step) is within successRadiusM; never terminates;
 * success = within that radius for successHoldS on end. u is the raw effort.
 */
export function createReach(robot: RobotSpec, settings: TaskSettings): Task {
  const parameters = readParameters(settings, {
    successRadiusM: { default: 0.02, min: 1e-6, max: 1 },
    successHoldS: { default: 0.5, min: 0, max: 60 },
    targetMinRadiusM: { default: 0.05, min: 0, max: 10 },
    targetMaxRadiusM: { default: 0.19, min: 0, max: 10 },
  });
  requireSensors(robot, settings.name, [{ name: FINGERTIP, minSize: 2 }]);
  const joints = robot.joints.map((joint) => effortAction(joint));
  const actions = linearActions(joints);
  const hold = createHoldCounter(parameters.successHoldS, robot.controlPeriodS, HOLD_COUNT_INDEX);

  function distanceM(reading: Reading, memory: TaskMemory): number {
    const tip = sensorValues(reading, FINGERTIP);
    return Math.hypot(tip[0]! - memory[TARGET_X_INDEX]!, tip[1]! - memory[TARGET_Y_INDEX]!);
  }

  return {
    spec: {
      name: settings.name,
      robot: robot.name,
      observationNames: [
        ...robot.joints.map((joint) => `cos(${joint.name})`),
        ...robot.joints.map((joint) => `sin(${joint.name})`),
        ...robot.joints.map((joint) => `velocity(${joint.name})`),
        ...['targetX', 'targetY', 'tipToTargetX', 'tipToTargetY'],
      ],
      actionSize: robot.joints.length,
      discount: settings.discount,
      horizon: settings.horizon,
      requiredSensors: [FINGERTIP],
    },
    sampleInitialState(random: Random): ResetState {
      const qpos = new Float64Array(robot.joints.length);
      robot.joints.forEach(({ limits }, i) => {
        const { minPositionRadOrM: min, maxPositionRadOrM: max } = limits;
        const part = random.uniform() - 0.5;
        const limited = min !== undefined && max !== undefined;
        qpos[i] = limited ? (min + max) / 2 + START_RANGE_FRACTION * part * (max - min) : 2 * Math.PI * part;
      });
      const inner = parameters.targetMinRadiusM ** 2;
      const radius = Math.sqrt(inner + random.uniform() * (parameters.targetMaxRadiusM ** 2 - inner));
      const angle = (2 * random.uniform() - 1) * Math.PI;
      const memory = Float64Array.of(radius * Math.cos(angle), radius * Math.sin(angle), 0, 0);
      return { qpos, qvel: new Float64Array(robot.joints.length), memory };
    },
    initialMemory(_reading: Reading, state: ResetState): TaskMemory {
      // A start that states no target (a file of starts) gets one that stands for all: diagonal, in the middle of the ring.
      const middle = (parameters.targetMinRadiusM + parameters.targetMaxRadiusM) / 2 / Math.SQRT2;
      return Float64Array.of(state.memory?.[TARGET_X_INDEX] ?? middle, state.memory?.[TARGET_Y_INDEX] ?? middle, 0, 0);
    },
    observe(reading: Reading, memory: TaskMemory): Float64Array {
      const tip = sensorValues(reading, FINGERTIP);
      const targetX = memory[TARGET_X_INDEX]!;
      const targetY = memory[TARGET_Y_INDEX]!;
      const { positions, velocities } = reading;
      const count = positions.length;
      const observation = new Float64Array(3 * count + 4);
      for (let i = 0; i < count; i++) {
        observation[i] = Math.cos(positions[i]!);
        observation[count + i] = Math.sin(positions[i]!);
        observation[2 * count + i] = velocities[i]!;
      }
      observation.set([targetX, targetY, tip[0]! - targetX, tip[1]! - targetY], 3 * count);
      return observation;
    },
    nextMemory({ after, memory }: TaskStep): TaskMemory {
      const next = memory.slice();
      hold.count(next, distanceM(after, memory) <= parameters.successRadiusM);
      return next;
    },
    reward({ after, command, memory }: TaskStep): number {
      const distance = distanceM(after, memory);
      let effort = 0;
      for (let i = 0; i < joints.length; i++) effort += (command.targets[i]! / joints[i]!.scale) ** 2;
      return -distance - 0.01 * effort + (distance <= parameters.successRadiusM ? 1 : 0);
    },
    terminated: () => false,
    truncated: (stepsTaken) => stepsTaken >= settings.horizon,
    toCommand: actions.toCommand,
    toAction: actions.toAction,
    outcome: (memory) => (hold.succeeded(memory) ? 'success' : null),
  };
}
