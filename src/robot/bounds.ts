/** The largest robot in any module, message or file; a larger one is rejected when it is read. */
export const ROBOT_SIZE_LIMITS = {
  joints: 64,
  sensors: 64,
  /** Values of one sensor, and of qpos or qvel. */
  values: 1024,
  nameLength: 256,
} as const;
