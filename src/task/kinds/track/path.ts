import { SoftqdError } from '../../../base/errors.ts';
import type { TaskSettings } from '../../settings.ts';

/** A polygon through points, passed at constant speed. */
export interface Path {
  /** The point at a fraction of the way: [0, 1] from beginning to end; a closed path repeats beyond, an open one stays at its end. */
  at(fraction: number): Float64Array;
}

/** Reads a list of at least two points of `size` numbers. Throws E_CONFIG_VALUE. */
export function readPoints({ name: task, parameters }: TaskSettings, key: string, size: number): Float64Array[] {
  const points = parameters[key];
  const isPoint = (point: unknown): boolean =>
    Array.isArray(point) && point.length === size && point.every((value) => typeof value === 'number');
  if (Array.isArray(points) && points.length >= 2 && points.every(isPoint))
    return (points as number[][]).map((point) => Float64Array.from(point));
  throw new SoftqdError(
    'E_CONFIG_VALUE',
    `task ${task}: ${key} must be a list of at least two points of ${size} numbers`,
    {
      values: { task, key, size },
    },
  );
}

/** The path through `points`; a closed one returns to the first. */
export function createPath(points: readonly Float64Array[], closed: boolean): Path {
  const corners = closed ? [...points, points[0]!] : points;
  const lengths = corners.slice(1).map((corner, i) => Math.hypot(...corner.map((value, k) => value - corners[i]![k]!)));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return {
    at(fraction) {
      const part = closed ? fraction - Math.floor(fraction) : Math.min(1, Math.max(0, fraction));
      let rest = part * total;
      let leg = 0;
      while (leg < lengths.length - 1 && rest > lengths[leg]!) rest -= lengths[leg++]!;
      const share = lengths[leg]! > 0 ? rest / lengths[leg]! : 0;
      return corners[leg]!.map((value, k) => value + share * (corners[leg + 1]![k]! - value));
    },
  };
}
