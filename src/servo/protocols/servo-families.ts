import { dynamixelDialect } from './dynamixel-family.ts';
import { feetechDialect } from './feetech-family.ts';
import type { ServoDialect } from './servo-family.ts';

export function servoDialect(protocol: 'feetech' | 'dynamixel'): ServoDialect {
  return protocol === 'feetech' ? feetechDialect : dynamixelDialect;
}
