import type { Vector3 } from '../kinematics-spec.ts';
import type { Capsule } from './bounding-capsule.ts';

/** Corners of the polygon that stands for a circle; it is drawn around the circle. */
const CORNERS = 24;

/** The corners of a box around the origin, x, y, z each. */
export function boxPoints([x, y, z]: Vector3): number[] {
  return [-x, x].flatMap((a) => [-y, y].flatMap((b) => [-z, z].flatMap((c) => [a, b, c])));
}

/** Points around a cylinder along z. */
export function cylinderPoints(radiusM: number, halfLengthM: number): number[] {
  const outer = radiusM / Math.cos(Math.PI / CORNERS);
  return [-halfLengthM, halfLengthM].flatMap((z) =>
    Array.from({ length: CORNERS }, (_, i) => {
      const angle = (2 * Math.PI * i) / CORNERS;
      return [outer * Math.cos(angle), outer * Math.sin(angle), z];
    }).flat(),
  );
}

/** Points on the surface of balls a little larger than those around both ends of a capsule. */
export function capsulePoints({ fromM, toM, radiusM }: Capsule): number[] {
  return [fromM, toM].flatMap((end) =>
    BALL.flatMap((direction) => end.map((value, k) => value + radiusM * direction[k]!)),
  );
}

const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));
const BALL_POINTS = 60;
/** The farthest point of a ball from its nearest of 60 spread points is 0.27 rad away: the polyhedron around it is 4 % larger. */
const BALL_SCALE = 1.04;
const BALL: readonly Vector3[] = Array.from({ length: BALL_POINTS }, (_, i) => {
  const z = 1 - (2 * (i + 0.5)) / BALL_POINTS;
  const r = Math.sqrt(1 - z * z);
  return [BALL_SCALE * r * Math.cos(GOLDEN_ANGLE * i), BALL_SCALE * r * Math.sin(GOLDEN_ANGLE * i), BALL_SCALE * z];
});
