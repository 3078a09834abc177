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
/** What rounding adds to a principal moment, of the sum of all three. */
const ROUNDING_OF_SUM = 1e-6;

/** A link without a mass that matters. */
export function isMassless(inertial: UrdfInertial | null): inertial is null {
  return inertial === null || inertial.massKg < MIN_MASS_KG;
}

/**
 * The inertia of a link; moments that no body has are replaced by those of a ball of its mass, or by their mean where one is larger than
 * the others together, which the note says. A link that is fixed to another may be a point.
 */
export function linkInertia(inertial: UrdfInertial | null, moves: boolean): LinkInertia {
  if (isMassless(inertial)) return STAND_IN;
  const { originM: centerM, rpyRad, momentsKgM2, productsKgM2, massKg } = inertial;
  const [xx, yy, zz] = momentsKgM2;
  const [xy, xz, yz] = productsKgM2;
  const turn = rotationOfRpy(rpyRad);
  const own: Matrix3 = [xx, xy, xz, xy, yy, yz, xz, yz, zz];
  const m = rpyRad.every((angle) => angle === 0) ? own : times(turn, times(own, transposed(turn)));
  if (isPositive(m)) return { massKg, centerM, ...balanced(m) };
  if (!moves && m.every((value) => value === 0))
    return { massKg, centerM, inertiaKgM2: [0, 0, 0, 0, 0, 0], note: null };
  const moment = massKg * GYRATION_M * GYRATION_M;
  return {
    ...{ massKg, centerM, inertiaKgM2: [moment, moment, moment, 0, 0, 0] },
    note: `has moments of inertia that no body has; those of a radius of gyration of ${100 * GYRATION_M} cm are assumed`,
  };
}

/**
 * No principal moment of a body is larger than the sum of the other two: half the trace times the unit matrix, less the moments, is then
 * not negative. What rounding leaves below that is added to all three.
 */
function balanced(m: Matrix3): Pick<LinkInertia, 'inertiaKgM2' | 'note'> {
  const sum = m[0] + m[4] + m[8];
  const isBody = (added: number): boolean => {
    const half = sum / 2 + added;
    return isPositive([half - m[0], -m[1], -m[2], -m[3], half - m[4], -m[5], -m[6], -m[7], half - m[8]], 0);
  };
  const written = (added: number): readonly number[] => [m[0] + added, m[4] + added, m[8] + added, m[1], m[2], m[5]];
  // Where axes are turned, principal moments are computed again.
  const isTurned = m[1] !== 0 || m[2] !== 0 || m[5] !== 0;
  if (isBody(isTurned ? -LEAST_OF_SUM * sum : 0)) return { inertiaKgM2: written(0), note: null };
  const rounding = ROUNDING_OF_SUM * sum;
  // Twice as much: of three equal additions one is to the largest moment.
  if (isBody(rounding)) return { inertiaKgM2: written(2 * rounding), note: null };
  return {
    inertiaKgM2: [sum / 3, sum / 3, sum / 3, 0, 0, 0],
    note: 'has moments of inertia that no body has, one larger than the other two together; their mean is assumed',
  };
}

/** Whether every principal moment is greater than `least` (what rounding leaves of one): the leading minors without that much. */
function isPositive(m: Matrix3, least = Math.max(MIN_MOMENT_KGM2, LEAST_OF_SUM * (m[0] + m[4] + m[8]))): boolean {
  const less: Matrix3 = [m[0] - least, m[1], m[2], m[3], m[4] - least, m[5], m[6], m[7], m[8] - least];
  return less[0] > 0 && less[0] * less[4] - less[1] * less[3] > 0 && determinant(less) > 0;
}

function determinant(m: Matrix3): number {
  return m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) + m[2] * (m[3] * m[7] - m[4] * m[6]);
}
