import { SoftqdError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { DRIVING_RETRIES } from '../bus/retry.ts';
import type { ServoBus } from '../port.ts';
import { servosByJoint } from '../robot-servos.ts';
import { writeByDifference } from './write-registers.ts';

/**
 * Configures the servos of a robot by difference: the settings of the protocol, then the registers of the robot file. Throws
 * E_SERVO_REJECTED when a register does not keep its value, E_SAFETY_STATE when a register in EEPROM differs while the servo has torque: it
 * would have to be turned off, and the joint may hold a load.
 */
export async function configureServos(bus: ServoBus, robot: RobotSpec, logger: Logger): Promise<void> {
  for (const { spec, joint } of servosByJoint(robot)) {
    const { id } = spec;
    const registers = await writeByDifference(
      bus,
      id,
      { ...bus.protocol.settings, ...spec.registers },
      {
        retries: DRIVING_RETRIES,
        onTorqueOff: () => {
          throw torqueOnError(robot, id, joint);
        },
      },
    );
    if (registers.length > 0) logger.info(`${robot.name}: servo ${id} configured`, { registers });
  }
}

function torqueOnError(robot: RobotSpec, id: number, joint: string): SoftqdError {
  return new SoftqdError(
    'E_SAFETY_STATE',
    `${robot.name}: servo ${id} (${joint}) holds with torque on, and its settings differ from the robot file`,
    {
      hint: `Support the arm, then run softqd torque-off --robot ${robot.name} --driver URL, and start again.`,
      values: { id, joint },
    },
  );
}
