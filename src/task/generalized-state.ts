import { SoftqdError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Reading } from '../robot/reading.ts';
import type { RobotSpec, SensorSpec } from '../robot/robot-spec.ts';
import { requireSensors, sensorValues } from './sensors.ts';
import type { TaskSettings } from './settings.ts';

/** Sensors with all coordinates of a simulated robot, also of joints without a motor, and their velocities. */
export const QPOS = 'qpos';
export const QVEL = 'qvel';

/** What a robot's sensors `qpos` and `qvel` contain. */
export interface GeneralizedState {
  readonly positions: readonly string[];
  readonly velocities: readonly string[];
}

/**
 * The names of the coordinates and velocities. Throws E_TASK_SENSOR_MISSING when the robot lacks a sensor or it has fewer values than
 * `minSize`, E_ROBOT_FILE when it does not name its elements.
 */
export function generalizedStateOf(robot: RobotSpec, settings: TaskSettings, minSize: number): GeneralizedState {
  requireSensors(robot, settings, [
    { name: QPOS, minSize },
    { name: QVEL, minSize },
  ]);
  const elementsOf = (name: string): readonly string[] => {
    const { elements } = robot.sensors.find((sensor) => sensor.name === name) as SensorSpec;
    if (elements !== undefined) return elements;
    throw new SoftqdError('E_ROBOT_FILE', `robot ${robot.name}: the sensor ${name} does not name its elements`, {
      hint: `Add elements: ['rootX', ...] to the sensor; task ${settings.name} of kind ${settings.kind} needs the names.`,
      values: { robot: robot.name, sensor: name, task: settings.name, kind: settings.kind },
    });
  };
  return { positions: elementsOf(QPOS), velocities: elementsOf(QVEL) };
}

/** All coordinates and velocities as an observation. */
export function observeState(reading: Reading): Float64Array {
  return Float64Array.of(...sensorValues(reading, QPOS), ...sensorValues(reading, QVEL));
}

/** The names of what `observeState` returns. */
export function stateNames({ positions, velocities }: GeneralizedState): string[] {
  return [...positions, ...velocities.map((name) => `velocity(${name})`)];
}

/** The index of a coordinate; `verb`: what the task does with it. Throws E_ROBOT_FILE when the robot's sensor `qpos` does not have it. */
export function coordinateIndex(
  { positions }: GeneralizedState,
  settings: TaskSettings,
  element: string,
  verb = 'needs',
): number {
  const index = positions.indexOf(element);
  if (index >= 0) return index;
  throw new SoftqdError(
    'E_ROBOT_FILE',
    `task ${settings.name} ${verb} ${element}, which is not an element of the sensor ${QPOS}: ${positions.join(', ')}`,
    { values: { task: settings.name, kind: settings.kind, element } },
  );
}

/** The values plus numbers uniform within ±`halfWidth`, drawn in order. */
export function addUniform(values: Float64Array, halfWidth: number, random: Random): Float64Array {
  return values.map((value) => value + halfWidth * (2 * random.uniform() - 1));
}

/** The values plus normal numbers of standard deviation `deviation`, drawn in order. */
export function addNormal(values: Float64Array, deviation: number, random: Random): Float64Array {
  return values.map((value) => value + deviation * random.normal());
}
