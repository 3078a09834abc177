import type { Vector3 } from '../kinematics-spec.ts';
import { times, timesVector, transposed, type Matrix3 } from '../rotation.ts';

/** All points within radiusM of a segment. */
export interface Capsule {
  readonly fromM: Vector3;
  readonly toM: Vector3;
  readonly radiusM: number;
}

/** Sweeps of a Jacobi rotation over the three off-diagonal elements; three reach the last digit. */
const JACOBI_SWEEPS = 8;
const IDENTITY: Matrix3 = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/**
 * A small capsule around points (x, y, z each, m): of those along the principal axes and along x, y and z the one with the least volume.
 * Null for no points. Every point is inside.
 */
export function boundingCapsule(points: ArrayLike<number>): Capsule | null {
  if (points.length < 3) return null;
  const candidates = [principalAxes(points), IDENTITY].flatMap((frame) =>
    [0, 1, 2].map((axis) => capsuleAlong(points, frame, axis)),
  );
  return candidates.reduce((best, next) => (volume(next) < volume(best) ? next : best));
}

/** Along one column of a frame, around the middle of the points' extent. */
function capsuleAlong(points: ArrayLike<number>, frame: Matrix3, axis: number): Capsule {
  const inverse = transposed(frame);
  const local = Float64Array.from(points);
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i + 2 < local.length; i += 3) {
    const at = timesVector(inverse, [points[i]!, points[i + 1]!, points[i + 2]!]);
    for (let k = 0; k < 3; k++) {
      local[i + k] = at[k]!;
      low[k] = Math.min(low[k]!, at[k]!);
      high[k] = Math.max(high[k]!, at[k]!);
    }
  }
  const middle = low.map((value, k) => (value + high[k]!) / 2);
  const [u, v] = [(axis + 1) % 3, (axis + 2) % 3] as const;
  const distances = new Float64Array(Math.floor(local.length / 3));
  let radiusM = 0;
  distances.forEach((_, i) => {
    const distance = Math.hypot(local[3 * i + u]! - middle[u]!, local[3 * i + v]! - middle[v]!);
    distances[i] = distance;
    radiusM = Math.max(radiusM, distance);
  });
  let from = Infinity;
  let to = -Infinity;
  distances.forEach((distance, i) => {
    const beyond = Math.sqrt(Math.max(0, radiusM * radiusM - distance * distance));
    from = Math.min(from, local[3 * i + axis]! + beyond);
    to = Math.max(to, local[3 * i + axis]! - beyond);
  });
  // Round at both ends: the points between are inside the ball around the middle.
  if (from > to) from = to = (from + to) / 2;
  const end = (value: number): Vector3 => {
    const [x, y, z] = middle.map((other, k) => (k === axis ? value : other));
    return timesVector(frame, [x!, y!, z!]);
  };
  return { fromM: end(from), toM: end(to), radiusM };
}

function volume({ fromM, toM, radiusM }: Capsule): number {
  const length = Math.hypot(toM[0] - fromM[0], toM[1] - fromM[1], toM[2] - fromM[2]);
  return Math.PI * radiusM * radiusM * (length + (4 / 3) * radiusM);
}

/** The axes of the points' covariance, as columns. */
function principalAxes(points: ArrayLike<number>): Matrix3 {
  const count = Math.floor(points.length / 3);
  const mean = [0, 1, 2].map((k) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += points[3 * i + k]!;
    return sum / count;
  });
  const covariance = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    for (let r = 0; r < 3; r++) {
      for (let c = 0; c < 3; c++)
        covariance[3 * r + c]! += (points[3 * i + r]! - mean[r]!) * (points[3 * i + c]! - mean[c]!);
    }
  }
  let matrix: Matrix3 = covariance as unknown as Matrix3;
  let axes = IDENTITY;
  for (let sweep = 0; sweep < JACOBI_SWEEPS; sweep++) {
    for (const [p, q] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      const turn = jacobi(matrix, p, q);
      matrix = times(transposed(turn), times(matrix, turn));
      axes = times(axes, turn);
    }
  }
  return axes;
}

/** The turn in the plane of axes p and q that makes their off-diagonal element 0. */
function jacobi(matrix: Matrix3, p: number, q: number): Matrix3 {
  const angle = Math.atan2(2 * matrix[3 * p + q]!, matrix[4 * p]! - matrix[4 * q]!) / 2;
  const [s, c] = [Math.sin(angle), Math.cos(angle)];
  const turn = [...IDENTITY];
  turn[4 * p] = c;
  turn[4 * q] = c;
  turn[3 * p + q] = -s;
  turn[3 * q + p] = s;
  return turn as unknown as Matrix3;
}
