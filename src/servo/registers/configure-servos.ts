import type { Logger } from '../../base/logger.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { DRIVING_RETRIES } from '../bus/retry.ts';
import type { ServoBus } from '../port.ts';
import { servosByJoint } from '../robot-servos.ts';
import { writeByDifference } from './write-registers.ts';

/**
 * Configures the servos of a robot by difference: the settings of the protocol, then the registers of the robot file. Throws
 * E_SERVO_REJECTED when a register does not keep its value.
 */
export async function configureServos(bus: ServoBus, robot: RobotSpec, logger: Logger): Promise<void> {
  for (const { spec } of servosByJoint(robot)) {
    const { id } = spec;
    const registers = await writeByDifference(
      bus,
      id,
      { ...bus.protocol.settings, ...spec.registers },
      {
        retries: DRIVING_RETRIES,
        onTorqueOff: () => logger.warning(`${robot.name}: torque of servo ${id} is off while its settings are written`),
      },
    );
    if (registers.length > 0) logger.info(`${robot.name}: servo ${id} configured`, { registers });
  }
}
