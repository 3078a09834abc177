import type { Vector3 } from '../kinematics-spec.ts';
import { rotationOfRpy, times, transposed, type Matrix3 } from '../rotation.ts';
import type { UrdfInertial } from './urdf-robot.ts';

/** A body of MuJoCo: the moments and products about the axes of the link, kg m². */
export interface LinkInertia {
  readonly massKg: number;
  readonly centerM: Vector3;
  /** xx yy zz xy xz yz. */
  readonly inertiaKgM2: readonly number[];
  /** What was changed, as a clause; null: nothing. */
  readonly note: string | null;
}

/** Of a moving link without mass and shape. */
const STAND_IN: LinkInertia = {
  ...{ massKg: 0.001, centerM: [0, 0, 0], inertiaKgM2: [1e-6, 1e-6, 1e-6, 0, 0, 0] },
  note: 'moves but has neither mass nor shape, or less than 1 mg: 1 g is assumed',
};
/** Radius of gyration of a link whose moments are no body's, m. */
const GYRATION_M = 0.03;
/** MuJoCo refuses less. */
const MIN_MOMENT_KGM2 = 1e-12;
const LEAST_OF_SUM = 1e-9;
const MIN_MASS_KG = 1e-6;

/** A link without a mass that matters. */
export function isMassless(inertial: UrdfInertial | null): inertial is null {
  return inertial === null || inertial.massKg < MIN_MASS_KG;
}

/**
 * The inertia of a link; moments that no body has are replaced by those of a ball of its mass, which the note says. A link that is fixed to
 * another may be a point.
 */
export function linkInertia(inertial: UrdfInertial | null, moves: boolean): LinkInertia {
  if (isMassless(inertial)) return STAND_IN;
  const { originM: centerM, rpyRad, momentsKgM2, productsKgM2, massKg } = inertial;
  const [xx, yy, zz] = momentsKgM2;
  const [xy, xz, yz] = productsKgM2;
  const turn = rotationOfRpy(rpyRad);
  const own: Matrix3 = [xx, xy, xz, xy, yy, yz, xz, yz, zz];
  const m = rpyRad.every((angle) => angle === 0) ? own : times(turn, times(own, transposed(turn)));
  if (isPositive(m)) {
    return { massKg, centerM, inertiaKgM2: [m[0], m[4], m[8], m[1], m[2], m[5]], note: null };
  }
  if (!moves && m.every((value) => value === 0))
    return { massKg, centerM, inertiaKgM2: [0, 0, 0, 0, 0, 0], note: null };
  const moment = massKg * GYRATION_M * GYRATION_M;
  return {
    ...{ massKg, centerM, inertiaKgM2: [moment, moment, moment, 0, 0, 0] },
    note: `has moments of inertia that no body has; those of a radius of gyration of ${100 * GYRATION_M} cm are assumed`,
  };
}

/** Whether every principal moment is greater than what rounding leaves of one: the leading minors without that much. */
function isPositive(m: Matrix3): boolean {
  const least = Math.max(MIN_MOMENT_KGM2, LEAST_OF_SUM * (m[0] + m[4] + m[8]));
  const less: Matrix3 = [m[0] - least, m[1], m[2], m[3], m[4] - least, m[5], m[6], m[7], m[8] - least];
  return less[0] > 0 && less[0] * less[4] - less[1] * less[3] > 0 && determinant(less) > 0;
}

function determinant(m: Matrix3): number {
  return m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) + m[2] * (m[3] * m[7] - m[4] * m[6]);
}
