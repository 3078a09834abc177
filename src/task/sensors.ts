import { SoftqdError } from '../base/errors.ts';
import type { Reading } from '../robot/reading.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import type { TaskSettings } from './settings.ts';

interface RequiredSensor {
  readonly name: string;
  /** Minimum number of values. */
  readonly minSize: number;
}

/** Throws E_TASK_SENSOR_MISSING when the robot lacks a sensor or it is too small; names what the robot has. */
export function requireSensors(
  robot: RobotSpec,
  { name: task, kind }: TaskSettings,
  sensors: readonly RequiredSensor[],
): void {
  for (const { name, minSize } of sensors) {
    const size = robot.sensors.find((sensor) => sensor.name === name)?.size ?? 0;
    if (size >= minSize) continue;
    const provided = robot.sensors.map((sensor) => sensor.name);
    throw new SoftqdError(
      'E_TASK_SENSOR_MISSING',
      `task ${task} of kind ${kind} needs the sensor ${name} with at least ${minSize} values; robot ${robot.name} provides ${provided.join(', ') || 'none'}`,
      { values: { task, kind, robot: robot.name, sensor: name, minSize, size, provided } },
    );
  }
}

/** The sensor's values; throws E_READING_SHAPE when this reading lacks them. */
export function sensorValues(reading: Reading, name: string): Float64Array {
  const values = reading.sensors.get(name);
  if (values === undefined) {
    throw new SoftqdError('E_READING_SHAPE', `the reading lacks the sensor ${name}`, { values: { sensor: name } });
  }
  return values;
}
