import { MonotonicClock } from '../base/monotonic-clock.ts';
import { SoftqdError } from '../base/errors.ts';
import {
  baudRatesOf,
  openServoBus,
  requireServoBus,
  type BusAddress,
  type OpenBus,
  type ServoProtocol,
} from '../servo/index.ts';
import { parseSerialUrl } from '../serial/index.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { uiLogger, type CommandUi } from '../runs/index.ts';

/** A servo bus as `--driver` names it; null: the baud rate was not said. */
export interface ServoAddress {
  readonly protocol: ServoProtocol;
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

/** The bus without a robot: at the usual baud rate when none was said. */
export function plainBusAddress({ protocol, address, baudRate }: ServoAddress): BusAddress {
  return { protocol, address, baudRate: baudRate ?? baudRatesOf(protocol)[0]! };
}

/** Opens real buses. They stay open when the command is interrupted: torque has to be switched off first. */
export function busOpener(ui: Pick<CommandUi, 'info'>): OpenBus {
  return ({ protocol, address, baudRate }) =>
    openServoBus({ protocol, address, baudRate, clock: new MonotonicClock(), logger: uiLogger(ui) });
}
