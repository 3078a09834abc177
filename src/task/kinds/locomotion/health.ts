import { firstNonFinite } from '../../../base/finite.ts';
import { coordinateIndex, type GeneralizedState } from '../../generalized-state.ts';
import type { TaskSettings } from '../../settings.ts';
import type { LocomotionParameters } from './parameters.ts';

/** Whether the robot is upright: all coordinates and velocities finite and within the limits of the task. */
export type HealthTest = (qpos: Float64Array, qvel: Float64Array) => boolean;

const HEIGHT = 'rootZ';
const ANGLE = 'rootAngle';
/** maxStateValue does not apply to where the robot is. */
const PLACE = ['rootX', 'rootY', HEIGHT];

/** Throws E_ROBOT_FILE when the task limits a height or an angle that the robot's sensor `qpos` does not have. */
export function createHealthTest(
  state: GeneralizedState,
  parameters: LocomotionParameters,
  settings: TaskSettings,
): HealthTest {
  const { positions } = state;
  const { minHeightM, maxHeightM, maxAngleRad, maxStateValue, healthyAtLimit } = parameters;
  const isBetween = healthyAtLimit
    ? (value: number, low: number, high: number) => value >= low && value <= high
    : (value: number, low: number, high: number) => value > low && value < high;
  const indexOf = (element: string, isLimited: boolean): number | null =>
    isLimited ? coordinateIndex(state, settings, element, 'limits') : null;
  const height = indexOf(HEIGHT, minHeightM > -Infinity || maxHeightM < Infinity);
  const angle = indexOf(ANGLE, maxAngleRad < Infinity);
  const limited = [...positions.keys()].filter((index) => !PLACE.includes(positions[index]!));
  const isWithinStateLimit = (value: number): boolean => isBetween(value, -maxStateValue, maxStateValue);
  return (qpos, qvel) => {
    if (firstNonFinite(qpos) >= 0 || firstNonFinite(qvel) >= 0) return false;
    if (height !== null && !isBetween(qpos[height]!, minHeightM, maxHeightM)) return false;
    if (angle !== null && !isBetween(qpos[angle]!, -maxAngleRad, maxAngleRad)) return false;
    if (maxStateValue === Infinity) return true;
    return limited.every((index) => isWithinStateLimit(qpos[index]!)) && qvel.every(isWithinStateLimit);
  };
}
