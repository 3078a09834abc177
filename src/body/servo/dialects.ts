import { dynamixelDialect } from './dynamixel-dialect.ts';
import { feetechDialect } from './feetech-dialect.ts';
import type { ServoDialect } from './servo-dialect.ts';

export function servoDialect(protocol: 'feetech' | 'dynamixel'): ServoDialect {
  return protocol === 'feetech' ? feetechDialect : dynamixelDialect;
}
