import { SoftqdError } from '../../base/errors.ts';
import { checkReading, type Reading } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { LinkReading } from '../../wire/bridge/index.ts';

/** Sensors of a bridge board, by their name in a robot file. */
const SENSORS: Readonly<Record<string, (message: LinkReading) => Float64Array>> = {
  supply_voltage: ({ supplyVoltageV }) => Float64Array.of(supplyVoltageV),
  temperature: ({ temperaturesC }) => temperaturesC,
};

/** Throws E_ROBOT_FILE when the robot file lists a sensor that a bridge board does not have. */
export function checkBridgeSensors(robot: RobotSpec): void {
  for (const { name } of robot.sensors) {
    if (Object.hasOwn(SENSORS, name)) continue;
    throw new SoftqdError(
      'E_ROBOT_FILE',
      `${robot.name}: bridge boards have no sensor ${name}; available: ${Object.keys(SENSORS).join(' and ')}`,
      {
        values: { robot: robot.name, sensor: name },
      },
    );
  }
}

/** null where the board has no such measurement. */
function known(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/** A message as a reading. Throws E_READING_SHAPE or E_READING_NON_FINITE when it does not fit the robot. */
export function bridgeReading(
  message: LinkReading,
  robot: RobotSpec,
  stamp: { sequence: number; arrivalNs: number },
): Reading {
  const reading: Reading = {
    ...stamp,
    deviceTimeS: message.deviceTimeUs / 1e6,
    positions: message.positions,
    velocities: message.velocities,
    efforts: message.efforts,
    health: robot.joints.map((_, i) => ({
      temperatureC: known(message.temperaturesC[i]),
      supplyV: message.supplyVoltageV > 0 ? known(message.supplyVoltageV) : null,
      load: null,
    })),
    sensors: new Map(robot.sensors.map(({ name }) => [name, SENSORS[name]!(message)])),
  };
  checkReading(reading, robot);
  return reading;
}
