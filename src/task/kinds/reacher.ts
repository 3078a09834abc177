import type { Random } from '../../base/random.ts';
import type { Reading, ResetState } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { effortAction } from '../actions/effort-actions.ts';
import { linearActions, squaredAction } from '../actions/linear-actions.ts';
import { addUniform, generalizedStateOf, QPOS, QVEL } from '../generalized-state.ts';
import { sumOfSquares } from '../mathematics.ts';
import type { Task, TaskStep } from '../port.ts';
import { requireJoints } from '../require-joints.ts';
import { requireSensors, sensorValues } from '../sensors.ts';
import { readParameters, type TaskSettings } from '../settings.ts';
import { taskSpec } from '../task-spec.ts';

const EMPTY = new Float64Array(0);
const FINGERTIP = 'fingertip';
const TARGET = 'target';
/** Of the two joints; the target follows in the state. */
const JOINTS = 2;

const PARAMETERS = {
  distanceWeight: { default: 1, min: 0, max: 1e6 },
  controlCostWeight: { default: 1, min: 0, max: 1e6 },
  /** The target is uniform in the disc of this radius around the base. */
  targetRadiusM: { default: 0.2, min: 1e-6, max: 10 },
  positionNoise: { default: 0.1, min: 0, max: 10 },
  velocityNoise: { default: 0.005, min: 0, max: 100 },
} as const;

/**
 * Gymnasium's Reacher-v5: a planar arm of two joints brings its fingertip to a target, whose x and y are the last two coordinates of the
 * state. Reward: -|fingertip - target| - Σ action² (both weights are 1 by default); never terminates. Fingertip and target are the
 * sensors' (one integrator stage behind the state). Observation: cos and sin of both angles, target, both velocities, x and y of
 * fingertip - target.
 */
export function createReacher(robot: RobotSpec, settings: TaskSettings): Task {
  requireJoints(robot, settings, JOINTS);
  const parameters = readParameters(settings, PARAMETERS);
  const { velocities } = generalizedStateOf(robot, settings, 2 * JOINTS);
  requireSensors(
    robot,
    settings,
    [FINGERTIP, TARGET].map((name) => ({ name, minSize: 3 })),
  );
  const joints = robot.joints.map((joint) => effortAction(joint));
  const actions = linearActions(joints);
  const names = robot.joints.map(({ name }) => name);
  return {
    spec: taskSpec(
      robot,
      settings,
      [
        ...names.map((name) => `cos(${name})`),
        ...names.map((name) => `sin(${name})`),
        ...['targetX', 'targetY'],
        ...velocities.slice(0, JOINTS).map((name) => `velocity(${name})`),
        ...['targetToTipX', 'targetToTipY'],
      ],
      [QPOS, QVEL, FINGERTIP, TARGET],
    ),
    sampleInitialState: (random) => sampleInitialState(parameters, random),
    initialMemory: () => EMPTY,
    observe,
    nextMemory: () => EMPTY,
    reward({ command, after }: TaskStep): number {
      const distance = Math.sqrt(sumOfSquares(fromTarget(after)));
      return (
        -distance * parameters.distanceWeight - squaredAction(command.targets, joints) * parameters.controlCostWeight
      );
    },
    terminated: () => false,
    truncated: (stepsTaken) => stepsTaken >= settings.horizon,
    toCommand: actions.toCommand,
    toAction: actions.toAction,
  };
}

function fromTarget(reading: Reading): Float64Array {
  const target = sensorValues(reading, TARGET);
  return sensorValues(reading, FINGERTIP).map((value, i) => value - target[i]!);
}

function observe(reading: Reading): Float64Array {
  const [first = NaN, second = NaN, targetX = NaN, targetY = NaN] = sensorValues(reading, QPOS);
  const [velocity1 = NaN, velocity2 = NaN] = sensorValues(reading, QVEL);
  const [x = NaN, y = NaN] = fromTarget(reading);
  return Float64Array.of(
    ...[Math.cos(first), Math.cos(second), Math.sin(first), Math.sin(second)],
    ...[targetX, targetY, velocity1, velocity2, x, y],
  );
}

/** Angles, target by rejection from the square, velocities; drawn in this order. The target does not move. */
function sampleInitialState(
  { positionNoise, velocityNoise, targetRadiusM }: Readonly<Record<keyof typeof PARAMETERS, number>>,
  random: Random,
): ResetState {
  const qpos = addUniform(new Float64Array(2 * JOINTS), positionNoise, random);
  let target: Float64Array;
  do target = addUniform(new Float64Array(2), targetRadiusM, random);
  while (Math.sqrt(sumOfSquares(target)) >= targetRadiusM);
  qpos.set(target, JOINTS);
  const qvel = addUniform(new Float64Array(2 * JOINTS), velocityNoise, random);
  return { qpos, qvel: qvel.fill(0, JOINTS) };
}
