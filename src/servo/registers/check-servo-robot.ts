import { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { servoProtocol } from '../protocols/servo-protocols.ts';
import type { ServoProtocolName } from '../protocols/servo-protocol.ts';

/** Registers that the robot file may not set: softqd manages them, or they are the calibration of one individual robot. */
const RESERVED_REGISTERS = new Set([
  'id',
  'baudRate',
  'homingOffset',
  'minimumPosition',
  'maximumPosition',
  'torqueEnable',
  'lock',
  'goalPosition',
  'busWatchdog',
  'goalPwm',
  'secondaryId',
  'protocolType',
]);

/** Throws E_ROBOT_FILE when the robot cannot be driven as servos in position mode, or names registers or sensors that do not exist. */
export function checkServoRobot(robot: RobotSpec, protocol: ServoProtocolName): void {
  const { registers, positionMode } = servoProtocol(protocol);
  const refuse = (why: string, values: Record<string, string | number> = {}): SoftqdError =>
    new SoftqdError('E_ROBOT_FILE', `${robot.name}: ${why}`, { values: { robot: robot.name, ...values } });
  const bus = robot.servoBus;
  if (bus === undefined) throw refuse('robot file has no servoBus section');
  if (bus.protocol !== protocol) throw refuse(`robot file has ${bus.protocol} servos, not ${protocol}`);
  robot.joints.forEach(({ name, commandMode, limits }, i) => {
    if (commandMode !== 'position')
      throw refuse(`${name}: command mode is ${commandMode}; bus servos require position`, { joint: name });
    if (limits.minPositionRadOrM === undefined || limits.maxPositionRadOrM === undefined)
      throw refuse(`${name}: position limits are required for calibration`, { joint: name });
    for (const [register, value] of Object.entries(bus.servos[i]!.registers)) {
      if (!Object.hasOwn(registers, register) || registers[register]!.access === 'read')
        throw refuse(`${name}: ${protocol} servos have no writable register ${register}`, {
          joint: name,
          register,
        });
      if (register === 'operatingMode' && value !== positionMode)
        throw refuse(`${name}: operatingMode ${value} is not position mode (${positionMode})`, {
          joint: name,
          register,
        });
      if (RESERVED_REGISTERS.has(register))
        throw refuse(`${name}: register ${register} is managed by softqd and cannot be set in the robot file`, {
          joint: name,
          register,
        });
    }
  });
  for (const { name } of robot.sensors) {
    if (name !== 'supply_voltage' && name !== 'temperature')
      throw refuse(`servos provide the sensors supply_voltage and temperature, not ${name}`, { sensor: name });
  }
}
