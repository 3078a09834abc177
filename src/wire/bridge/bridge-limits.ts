import type { LinkJoint } from './bridge-messages.ts';
import { LINK_STOP_MODE, LINK_TARGET_MODE } from './bridge-enums.ts';
import { crc32 } from '../crc32.ts';

const UTF8 = new TextEncoder();

/**
 * CRC-32 over all joints in order: name in UTF-8, a zero, target mode and stop mode as their numbers in link.proto, then the six limits
 * as little-endian float32 in the order of the message. Host and board compute the same value (firmware-bridge/core/sq_limits.c).
 */
export function limitsHash(joints: readonly LinkJoint[]): number {
  const parts: number[] = [];
  for (const joint of joints) {
    parts.push(...UTF8.encode(joint.name), 0);
    parts.push(LINK_TARGET_MODE[joint.targetMode], LINK_STOP_MODE[joint.stopMode]);
    const limits = new DataView(new ArrayBuffer(24));
    limits.setFloat32(0, joint.minPositionRadOrM, true);
    limits.setFloat32(4, joint.maxPositionRadOrM, true);
    limits.setFloat32(8, joint.maxVelocityRadOrMPerS, true);
    limits.setFloat32(12, joint.maxAccelerationRadOrMPerS2, true);
    limits.setFloat32(16, joint.maxEffortNmOrN, true);
    limits.setFloat32(20, joint.maxEffortRateNmOrNPerS, true);
    parts.push(...new Uint8Array(limits.buffer));
  }
  return crc32(Uint8Array.from(parts));
}
