import type { Vector3 } from './kinematics-spec.ts';

/** Row by row. */
export type Matrix3 = readonly [number, number, number, number, number, number, number, number, number];

/** URDF's rpy: about x, then about the fixed y, then about the fixed z; radians. */
export function rotationOfRpy([roll, pitch, yaw]: Vector3): Matrix3 {
  const [sr, cr] = [Math.sin(roll), Math.cos(roll)];
  const [sp, cp] = [Math.sin(pitch), Math.cos(pitch)];
  const [sy, cy] = [Math.sin(yaw), Math.cos(yaw)];
  return [
    cy * cp,
    cy * sp * sr - sy * cr,
    cy * sp * cr + sy * sr,
    sy * cp,
    sy * sp * sr + cy * cr,
    sy * sp * cr - cy * sr,
    -sp,
    cp * sr,
    cp * cr,
  ];
}

/** The rpy of a rotation; where pitch is ±90 degrees, and roll and yaw turn about one axis, roll is 0. */
export function rpyOfRotation(m: Matrix3): Vector3 {
  const cosPitch = Math.hypot(m[0], m[3]);
  const pitch = Math.atan2(-m[6], cosPitch);
  if (cosPitch < 1e-9) return [0, pitch, Math.atan2(-m[1], m[4])];
  return [Math.atan2(m[7], m[8]), pitch, Math.atan2(m[3], m[0])];
}

/** A turn by `angleRad` about a unit vector (Rodrigues). */
export function rotationAbout([x, y, z]: Vector3, angleRad: number): Matrix3 {
  const s = Math.sin(angleRad);
  const c = Math.cos(angleRad);
  const rest = 1 - c;
  return [
    c + x * x * rest,
    x * y * rest - z * s,
    x * z * rest + y * s,
    y * x * rest + z * s,
    c + y * y * rest,
    y * z * rest - x * s,
    z * x * rest - y * s,
    z * y * rest + x * s,
    c + z * z * rest,
  ];
}

export function times(a: Matrix3, b: Matrix3): Matrix3 {
  return [
    a[0] * b[0] + a[1] * b[3] + a[2] * b[6],
    a[0] * b[1] + a[1] * b[4] + a[2] * b[7],
    a[0] * b[2] + a[1] * b[5] + a[2] * b[8],
    a[3] * b[0] + a[4] * b[3] + a[5] * b[6],
    a[3] * b[1] + a[4] * b[4] + a[5] * b[7],
    a[3] * b[2] + a[4] * b[5] + a[5] * b[8],
    a[6] * b[0] + a[7] * b[3] + a[8] * b[6],
    a[6] * b[1] + a[7] * b[4] + a[8] * b[7],
    a[6] * b[2] + a[7] * b[5] + a[8] * b[8],
  ];
}

/**
 * Axis times angle of a rotation, rad; the angle is 0 to pi. By its quaternion (Shepperd 1978), whose largest element is computed first: exact
 * to rounding also near half a turn, where the axis has either sign.
 */
export function rotationVectorOf(m: Matrix3): Vector3 {
  const trace = m[0] + m[4] + m[8];
  // Four times the squares of w, x, y, z.
  const squares = [1 + trace, 1 + 2 * m[0] - trace, 1 + 2 * m[4] - trace, 1 + 2 * m[8] - trace];
  const rows: readonly (readonly number[])[] = [
    [squares[0]!, m[7] - m[5], m[2] - m[6], m[3] - m[1]],
    [m[7] - m[5], squares[1]!, m[1] + m[3], m[2] + m[6]],
    [m[2] - m[6], m[1] + m[3], squares[2]!, m[5] + m[7]],
    [m[3] - m[1], m[2] + m[6], m[5] + m[7], squares[3]!],
  ];
  // The row of the largest element is the quaternion times four times that element.
  const [w, x, y, z] = rows[squares.indexOf(Math.max(...squares))] as [number, number, number, number];
  const sine = Math.hypot(x, y, z);
  const factor = sine === 0 ? 0 : (2 * Math.atan2(sine, Math.abs(w)) * (w < 0 ? -1 : 1)) / sine;
  return [factor * x, factor * y, factor * z];
}

export function timesVector(m: Matrix3, [x, y, z]: Vector3): Vector3 {
  return [m[0] * x + m[1] * y + m[2] * z, m[3] * x + m[4] * y + m[5] * z, m[6] * x + m[7] * y + m[8] * z];
}

export function transposed(m: Matrix3): Matrix3 {
  return [m[0], m[3], m[6], m[1], m[4], m[7], m[2], m[5], m[8]];
}

/** The rotation of a unit quaternion w, x, y, z. */
export function rotationOfQuaternion([w, x, y, z]: readonly [number, number, number, number]): Matrix3 {
  return [
    1 - 2 * (y * y + z * z),
    2 * (x * y - w * z),
    2 * (x * z + w * y),
    2 * (x * y + w * z),
    1 - 2 * (x * x + z * z),
    2 * (y * z - w * x),
    2 * (x * z - w * y),
    2 * (y * z + w * x),
    1 - 2 * (x * x + y * y),
  ];
}
