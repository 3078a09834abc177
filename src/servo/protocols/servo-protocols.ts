import { dynamixel } from './dynamixel.ts';
import { feetech } from './feetech.ts';
import type { ServoProtocol, ServoProtocolName } from './servo-protocol.ts';

const PROTOCOLS: Readonly<Record<ServoProtocolName, ServoProtocol>> = { feetech, dynamixel };

export function servoProtocol(name: ServoProtocolName): ServoProtocol {
  return PROTOCOLS[name];
}
