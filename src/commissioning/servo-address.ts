import { MonotonicClock } from '../base/monotonic-clock.ts';
import { SoftqdError } from '../base/errors.ts';
import {
  openServoBus,
  requireServoBus,
  servoProtocol,
  type BusAddress,
  type OpenBus,
  type SerialServoBus,
  type ServoProtocolName,
} from '../servo/index.ts';
import { parseSerialUrl } from '../serial/index.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { uiLogger, type CommandUi } from '../runs/index.ts';

/** The servo bus of a `--driver` URL; `baudRate` is null when the URL has none. */
export interface ServoAddress {
  readonly protocol: ServoProtocolName;
  readonly address: string;
  readonly baudRate: number | null;
}

/** `feetech:PATH` or `dynamixel:PATH`. Throws E_USAGE for anything else. */
export function parseServoUrl(text: string): ServoAddress {
  const { protocol, address, baudRate } = parseSerialUrl(text);
  if (protocol !== 'bridge') return { protocol, address, baudRate };
  throw new SoftqdError('E_USAGE', `${text} is a microcontroller bridge, not a servo bus`, {
    hint: 'Pass feetech:PATH or dynamixel:PATH.',
    values: { driver: text },
  });
}

/** The bus of a robot at an address. Throws E_USAGE when the robot has none, or one of the other protocol. */
export function robotBusAddress(robot: RobotSpec, { protocol, address, baudRate }: ServoAddress): BusAddress {
  const bus = requireServoBus(robot);
  if (bus.protocol !== protocol) {
    throw new SoftqdError('E_USAGE', `robot ${robot.name} has ${bus.protocol} servos, not ${protocol}`, {
      hint: `Pass --driver ${bus.protocol}:${address}.`,
      values: { robot: robot.name, protocol },
    });
  }
  return { protocol, address, baudRate: baudRate ?? bus.baudRate };
}

/** The bus without a robot: at the most common baud rate when the URL has none. */
export function plainBusAddress({ protocol, address, baudRate }: ServoAddress): BusAddress {
  return { protocol, address, baudRate: baudRate ?? servoProtocol(protocol).baudRates[0]! };
}

/** Opens real buses. They stay open when the command is interrupted, because torque must be turned off first. */
export function busOpener(ui: Pick<CommandUi, 'info'>): OpenBus<SerialServoBus> {
  return ({ protocol, address, baudRate }) =>
    openServoBus({ protocol, address, baudRate, clock: new MonotonicClock(), logger: uiLogger(ui) });
}
