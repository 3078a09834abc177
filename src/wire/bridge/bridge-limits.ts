import type { LinkJoint } from './bridge-messages.ts';
import { LINK_STOP_MODE, LINK_TARGET_MODE } from './bridge-enums.ts';
import { crc32 } from '../crc32.ts';

const UTF8 = new TextEncoder();

/**
 * CRC-32 over all joints in order: name in UTF-8, a zero, target mode, stop mode and the mode after it as their numbers in link.proto, the
 * hold time in ms as a little-endian uint32, the temperature and the seven limits as little-endian float32 in the order of sq_joint. Host and board compute the same value (firmware-bridge/core/sq_limits.c).
 */
export function limitsHash(joints: readonly LinkJoint[]): number {
  const parts: number[] = [];
  for (const joint of joints) {
    parts.push(...UTF8.encode(joint.name), 0);
    const { mode, holdMs, then, maxHoldTemperatureC } = joint.stop;
    parts.push(LINK_TARGET_MODE[joint.targetMode], LINK_STOP_MODE[mode], LINK_STOP_MODE[then]);
    const words = new DataView(new ArrayBuffer(36));
    words.setUint32(0, holdMs, true);
    words.setFloat32(4, maxHoldTemperatureC, true);
    words.setFloat32(8, joint.minPositionRadOrM, true);
    words.setFloat32(12, joint.maxPositionRadOrM, true);
    words.setFloat32(16, joint.maxVelocityRadOrMPerS, true);
    words.setFloat32(20, joint.maxAccelerationRadOrMPerS2, true);
    words.setFloat32(24, joint.maxCommandDistanceRadOrM, true);
    words.setFloat32(28, joint.maxEffortNmOrN, true);
    words.setFloat32(32, joint.maxEffortRateNmOrNPerS, true);
    parts.push(...new Uint8Array(words.buffer));
  }
  return crc32(Uint8Array.from(parts));
}
