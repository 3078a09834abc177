import type { Random } from '../../../base/random.ts';
import type { Reading, ResetState } from '../../../robot/reading.ts';
import type { RobotSpec } from '../../../robot/robot-spec.ts';
import { effortAction } from '../../actions/effort-actions.ts';
import { linearActions } from '../../actions/linear-actions.ts';
import { createHoldCounter } from '../../hold-counter.ts';
import type { Task, TaskMemory, TaskStep } from '../../port.ts';
import { requireSensors, sensorValues } from '../../sensors.ts';
import { readParameters, type TaskParameters, type TaskSettings } from '../../settings.ts';
import { taskSpec } from '../../task-spec.ts';

/** Layout of the memory: x and y of the target, consecutive steps with the tip at the target, 1 after success. */
const TARGET_X_INDEX = 0;
const TARGET_Y_INDEX = 1;
const HOLD_COUNT_INDEX = 2;

/** Initial angles of a limited joint use this fraction of its range: an initial state at the limit would begin with a contact. */
const START_RANGE_FRACTION = 0.9;
const FINGERTIP = 'fingertip';

/** E_CONFIG_VALUE names a parameter outside these ranges. */
const PARAMETERS = {
  successRadiusM: { default: 0.02, min: 1e-6, max: 1 },
  successHoldS: { default: 0.5, min: 0, max: 60 },
  targetMinRadiusM: { default: 0.05, min: 0, max: 10 },
  targetMaxRadiusM: { default: 0.19, min: 0, max: 10 },
} as const;
type Parameters = TaskParameters<typeof PARAMETERS>;

/**
 * Reach in the plane, for effort-controlled joints and a sensor `fingertip` (x and y in m). The target is uniform in the ring from
 * targetMinRadiusM to targetMaxRadiusM around the base. Reward: -|tip - target| - 0.01 sum (u / maxEffort)² + 1 while the tip (after
 * the step) is within successRadiusM; u is the commanded effort. Never terminates. Success: within that radius for successHoldS.
 */
export function createSensorReach(robot: RobotSpec, settings: TaskSettings): Task {
  const parameters = readParameters(settings, PARAMETERS);
  requireSensors(robot, settings, [{ name: FINGERTIP, minSize: 2 }]);
  const joints = robot.joints.map((joint) => effortAction(joint));
  const actions = linearActions(joints);
  const hold = createHoldCounter(parameters.successHoldS, robot.controlPeriodS, HOLD_COUNT_INDEX);
  return {
    spec: taskSpec(robot, settings, observationNames(robot), [FINGERTIP]),
    sampleInitialState: (random) => sampleInitialState(robot, parameters, random),
    initialMemory(_reading: Reading, state: ResetState): TaskMemory {
      // An initial state without a target (a file of initial states) uses the middle of the ring, on the diagonal.
      const middle = (parameters.targetMinRadiusM + parameters.targetMaxRadiusM) / 2 / Math.SQRT2;
      return Float64Array.of(state.memory?.[TARGET_X_INDEX] ?? middle, state.memory?.[TARGET_Y_INDEX] ?? middle, 0, 0);
    },
    observe,
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

function observationNames({ joints }: RobotSpec): readonly string[] {
  return [
    ...joints.map(({ name }) => `cos(${name})`),
    ...joints.map(({ name }) => `sin(${name})`),
    ...joints.map(({ name }) => `velocity(${name})`),
    ...['targetX', 'targetY', 'tipToTargetX', 'tipToTargetY'],
  ];
}

function sampleInitialState({ joints }: RobotSpec, parameters: Parameters, random: Random): ResetState {
  const qpos = new Float64Array(joints.length);
  joints.forEach(({ limits }, i) => {
    const { minPositionRadOrM: min, maxPositionRadOrM: max } = limits;
    const part = random.uniform() - 0.5;
    const limited = min !== undefined && max !== undefined;
    qpos[i] = limited ? (min + max) / 2 + START_RANGE_FRACTION * part * (max - min) : 2 * Math.PI * part;
  });
  const inner = parameters.targetMinRadiusM ** 2;
  const radius = Math.sqrt(inner + random.uniform() * (parameters.targetMaxRadiusM ** 2 - inner));
  const angle = (2 * random.uniform() - 1) * Math.PI;
  const memory = Float64Array.of(radius * Math.cos(angle), radius * Math.sin(angle), 0, 0);
  return { qpos, qvel: new Float64Array(joints.length), memory };
}

function distanceM(reading: Reading, memory: TaskMemory): number {
  const tip = sensorValues(reading, FINGERTIP);
  return Math.hypot(tip[0]! - memory[TARGET_X_INDEX]!, tip[1]! - memory[TARGET_Y_INDEX]!);
}

function observe(reading: Reading, memory: TaskMemory): Float64Array {
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
}
