import type { Random } from '../../../base/random.ts';
import { firstNonFinite } from '../../../base/finite.ts';
import type { Reading, ResetState } from '../../../robot/reading.ts';
import type { RobotSpec } from '../../../robot/robot-spec.ts';
import { effortAction } from '../../actions/effort-actions.ts';
import { linearActions } from '../../actions/linear-actions.ts';
import { addUniform, generalizedStateOf, QPOS, QVEL } from '../../generalized-state.ts';
import type { Task } from '../../port.ts';
import { requireJoints } from '../../require-joints.ts';
import { sensorValues } from '../../sensors.ts';
import { readParameters, type TaskSettings } from '../../settings.ts';
import { taskSpec } from '../../task-spec.ts';

const EMPTY = new Float64Array(0);
/** The coordinates are the cart's position and the pole's angle. */
const COORDINATES = 2;
const ANGLE_INDEX = 1;

/**
 * Gymnasium's InvertedPendulum-v5: reward 1 for each step that ends with the pole within maxAngleRad of upright; terminates otherwise, with
 * reward 0. Observation: position of the cart, angle, both velocities. Starts uniform within ±initialNoise in all four.
 */
export function createPoleBalance(robot: RobotSpec, settings: TaskSettings): Task {
  requireJoints(robot, settings, 1);
  const { maxAngleRad, initialNoise } = readParameters(settings, {
    maxAngleRad: { default: 0.2, min: 1e-6, max: Math.PI },
    initialNoise: { default: 0.01, min: 0, max: 10 },
  });
  const { positions, velocities } = generalizedStateOf(robot, settings, COORDINATES);
  const actions = linearActions(robot.joints.map((joint) => effortAction(joint)));
  const observe = (reading: Reading): Float64Array =>
    Float64Array.of(...sensorValues(reading, QPOS), ...sensorValues(reading, QVEL));
  const hasFallen = (reading: Reading): boolean =>
    firstNonFinite(observe(reading)) >= 0 || Math.abs(sensorValues(reading, QPOS)[ANGLE_INDEX]!) > maxAngleRad;
  return {
    spec: taskSpec(robot, settings, [...positions, ...velocities.map((name) => `velocity(${name})`)], [QPOS, QVEL]),
    sampleInitialState: (random: Random): ResetState => ({
      qpos: addUniform(new Float64Array(positions.length), initialNoise, random),
      qvel: addUniform(new Float64Array(velocities.length), initialNoise, random),
    }),
    initialMemory: () => EMPTY,
    observe,
    nextMemory: () => EMPTY,
    reward: ({ after }) => (hasFallen(after) ? 0 : 1),
    terminated: hasFallen,
    truncated: (stepsTaken) => stepsTaken >= settings.horizon,
    toCommand: actions.toCommand,
    toAction: actions.toAction,
  };
}
