import type { Random } from '../base/random.ts';
import type { ResetState } from '../robot/reading.ts';

/** The angle moved into [-pi, pi) with Python's floored modulo, operation by operation. */
export function normalizeAngle(angleRad: number): number {
  const turn = 2 * Math.PI;
  let rest = (angleRad + Math.PI) % turn;
  if (rest < 0) rest += turn;
  return rest - Math.PI;
}

/** Initial state of a pendulum: angle ~ U(±pi), velocity ~ U(±1), drawn in this order. */
export function uniformAngle(random: Random): ResetState {
  const angle = (2 * random.uniform() - 1) * Math.PI;
  const velocity = 2 * random.uniform() - 1;
  return { qpos: Float64Array.of(angle), qvel: Float64Array.of(velocity) };
}
