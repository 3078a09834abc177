import { SoftqdError } from '../../base/errors.ts';
import type { ServoBus } from '../port.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { ServoBusSpec } from '../../robot/servo-bus-spec.ts';
import { modelName } from './models.ts';

/** The servo bus of a robot. Throws E_USAGE when it has none. */
export function requireServoBus(robot: RobotSpec): ServoBusSpec {
  if (robot.servoBus !== undefined) return robot.servoBus;
  throw new SoftqdError('E_USAGE', `robot ${robot.name} has no servo bus`, {
    hint: 'Pass a robot with servos, such as so101 or koch; a microcontroller (bridge:) keeps its own calibration.',
    values: { robot: robot.name },
  });
}

/**
 * Every servo of the robot answers and is the model the robot file states. Throws E_SERVO_NO_REPLY or E_SERVO_WRONG_MODEL naming all
 * that do not.
 */
export async function requireServos(bus: ServoBus, robot: RobotSpec): Promise<void> {
  const silent: string[] = [];
  const wrong: string[] = [];
  for (const [i, { id, modelNumber }] of requireServoBus(robot).servos.entries()) {
    const name = `${robot.joints[i]!.name} (servo ${id})`;
    const found = (await bus.ping(id)) ?? (await bus.ping(id));
    if (found === null) silent.push(name);
    else if (found.modelNumber !== modelNumber)
      wrong.push(
        `${name} is ${modelName(bus.protocol, found.modelNumber)}, not ${modelName(bus.protocol, modelNumber)}`,
      );
  }
  const values = { robot: robot.name, path: bus.path, baudRate: bus.baudRate };
  if (silent.length > 0) {
    throw new SoftqdError(
      'E_SERVO_NO_REPLY',
      `${bus.path} at ${bus.baudRate} baud: no answer from ${silent.join(', ')}`,
      {
        hint: `Check power and cables; softqd scan --driver ${bus.protocol}:${bus.path} lists who answers at which baud rate.`,
        values,
      },
    );
  }
  if (wrong.length > 0) throw new SoftqdError('E_SERVO_WRONG_MODEL', `${bus.path}: ${wrong.join('; ')}`, { values });
}
