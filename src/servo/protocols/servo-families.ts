import { dynamixelFamily } from './dynamixel-family.ts';
import { feetechFamily } from './feetech-family.ts';
import type { ServoFamily } from './servo-family.ts';

export function servoFamily(protocol: 'feetech' | 'dynamixel'): ServoFamily {
  return protocol === 'feetech' ? feetechFamily : dynamixelFamily;
}
