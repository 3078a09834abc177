import type { Random } from '../../../base/random.ts';
import type { Reading, ResetState } from '../../../robot/reading.ts';
import type { RobotSpec } from '../../../robot/robot-spec.ts';
import { effortAction } from '../../actions/effort-actions.ts';
import { linearActions } from '../../actions/linear-actions.ts';
import { addNormal, addUniform, generalizedStateOf, QPOS, QVEL } from '../../generalized-state.ts';
import { clip } from '../../mathematics.ts';
import type { Task, TaskStep } from '../../port.ts';
import { requireJoints } from '../../require-joints.ts';
import { requireSensors, sensorValues } from '../../sensors.ts';
import { readParameters, type TaskSettings } from '../../settings.ts';
import { taskSpec } from '../../task-spec.ts';

const EMPTY = new Float64Array(0);
export const TIP = 'tip';
const CONSTRAINT_FORCES = 'constraint_forces';
/** The coordinates are the cart's position and two angles. */
const COORDINATES = 3;
const MAX_OBSERVED = 10;
/** Of the tip of two upright poles of this model, m. */
const UPRIGHT_HEIGHT_M = 2;

/**
 * Gymnasium's InvertedDoublePendulum-v5. Reward: healthyReward while the tip is above minHeightM, less
 * 0.01 x² + (z - 2)² of the tip and 0.001 v1² + 0.005 v2² of the poles; terminates at minHeightM. The tip is the sensor's (one integrator
 * stage behind the state). Observation: position of the cart, sin and cos of both angles, velocities and the force of the rail's end on
 * the cart, these clipped to ±10.
 */
export function createTipBalance(robot: RobotSpec, settings: TaskSettings): Task {
  requireJoints(robot, settings, 1);
  const { minHeightM, healthyReward, positionNoise, velocityNoise } = readParameters(settings, {
    minHeightM: { default: 1, min: -10, max: 10 },
    healthyReward: { default: 10, min: 0, max: 1e6 },
    positionNoise: { default: 0.1, min: 0, max: 10 },
    /** Standard deviation. */
    velocityNoise: { default: 0.1, min: 0, max: 100 },
  });
  const { positions, velocities } = generalizedStateOf(robot, settings, COORDINATES);
  requireSensors(robot, settings, [
    { name: TIP, minSize: 3 },
    { name: CONSTRAINT_FORCES, minSize: 1 },
  ]);
  const [cart = '', ...angles] = positions;
  const actions = linearActions(robot.joints.map((joint) => effortAction(joint)));
  const hasFallen = (reading: Reading): boolean => sensorValues(reading, TIP)[2]! <= minHeightM;
  const names = [
    cart,
    ...angles.map((name) => `sin(${name})`),
    ...angles.map((name) => `cos(${name})`),
    ...velocities.map((name) => `velocity(${name})`),
    `constraintForce(${cart})`,
  ];
  return {
    spec: taskSpec(robot, settings, names, [QPOS, QVEL, TIP, CONSTRAINT_FORCES]),
    sampleInitialState: (random: Random): ResetState => ({
      qpos: addUniform(new Float64Array(positions.length), positionNoise, random),
      qvel: addNormal(new Float64Array(velocities.length), velocityNoise, random),
    }),
    initialMemory: () => EMPTY,
    observe,
    nextMemory: () => EMPTY,
    reward({ after }: TaskStep): number {
      const [x = NaN, , z = NaN] = sensorValues(after, TIP);
      const [, v1 = NaN, v2 = NaN] = sensorValues(after, QVEL);
      const distance = 0.01 * (x * x) + (z - UPRIGHT_HEIGHT_M) ** 2;
      const motion = 1e-3 * (v1 * v1) + 5e-3 * (v2 * v2);
      return (hasFallen(after) ? 0 : healthyReward) - distance - motion;
    },
    terminated: hasFallen,
    truncated: (stepsTaken) => stepsTaken >= settings.horizon,
    toCommand: actions.toCommand,
    toAction: actions.toAction,
  };
}

function observe(reading: Reading): Float64Array {
  const [cart = NaN, ...angles] = sensorValues(reading, QPOS);
  return Float64Array.of(
    cart,
    ...angles.map(Math.sin),
    ...angles.map(Math.cos),
    ...sensorValues(reading, QVEL).map((velocity) => clip(velocity, MAX_OBSERVED)),
    clip(sensorValues(reading, CONSTRAINT_FORCES)[0]!, MAX_OBSERVED),
  );
}
