/** A segment in space: x, y, z of its ends at `from` and `from + 3` of an array. */
type Coordinates = ArrayLike<number>;

const SHORT = 1e-12;
const inUnit = (value: number): number => (value < 0 ? 0 : value > 1 ? 1 : value);

/**
 * The smallest distance between two segments, which begin at `i` and `j` of `ends` (six numbers each), in its unit.
 * Ericson, Real-Time Collision Detection, section 5.1.9.
 */
export function segmentDistance(ends: Coordinates, i: number, j: number): number {
  const [ux, uy, uz] = [ends[i + 3]! - ends[i]!, ends[i + 4]! - ends[i + 1]!, ends[i + 5]! - ends[i + 2]!];
  const [vx, vy, vz] = [ends[j + 3]! - ends[j]!, ends[j + 4]! - ends[j + 1]!, ends[j + 5]! - ends[j + 2]!];
  const [rx, ry, rz] = [ends[i]! - ends[j]!, ends[i + 1]! - ends[j + 1]!, ends[i + 2]! - ends[j + 2]!];
  const a = ux * ux + uy * uy + uz * uz;
  const e = vx * vx + vy * vy + vz * vz;
  const f = vx * rx + vy * ry + vz * rz;
  const c = ux * rx + uy * ry + uz * rz;
  const b = ux * vx + uy * vy + uz * vz;
  let s = 0;
  let t = 0;
  if (a <= SHORT) t = e <= SHORT ? 0 : inUnit(f / e);
  else if (e <= SHORT) s = inUnit(-c / a);
  else {
    const denominator = a * e - b * b;
    s = denominator <= SHORT * a * e ? 0 : inUnit((b * f - c * e) / denominator);
    t = (b * s + f) / e;
    if (t < 0 || t > 1) {
      t = inUnit(t);
      s = inUnit((b * t - c) / a);
    }
  }
  return Math.hypot(rx + s * ux - t * vx, ry + s * uy - t * vy, rz + s * uz - t * vz);
}
