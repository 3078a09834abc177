/**
 * The largest speed toward a point `distance` ahead with which a joint that moves for `dtS` at this speed can then stop before
 * the point, at `maxAcceleration`, whatever the length of the following periods:
 *
 *   w dt + w² / (2 a) <= d   solved for w:   w = d / (dt/2 + sqrt((dt/2)² + d / (2 a)))
 *
 * d = 0 or less: 0. Without an acceleration limit: d / dt. dt = 0 with a limit: sqrt(2 a d).
 */
export function brakingSpeed(distance: number, maxAcceleration: number, dtS: number): number {
  if (!(distance > 0)) return 0;
  if (distance === Infinity) return Infinity;
  const half = dtS / 2;
  return distance / (half + Math.sqrt(half * half + distance / (2 * maxAcceleration)));
}

/** The distance in which a joint stops that brakes now, signed as its velocity. */
export function brakingDistance(velocity: number, maxAcceleration: number): number {
  return velocity === 0 ? 0 : (velocity * Math.abs(velocity)) / (2 * maxAcceleration);
}

/** `value` within low and high; low where they contradict each other. */
export function clamp(value: number, low: number, high: number): number {
  return value > high ? Math.max(low, high) : value < low ? low : value;
}
