import type { Vector3 } from './kinematics-spec.ts';
import type { StrictObject } from './strict-object.ts';

const MIN_NORM = 1e-6;

/** Three numbers of at most `largest` each. Throws the object's error. */
export function parseVector(object: StrictObject, key: string, largest: number): Vector3 {
  const [x, y, z] = object.list(key, 3, 3).map(({ element }) => {
    if (typeof element !== 'number' || !(Math.abs(element) <= largest)) {
      throw object.error(`must be three numbers from -${largest} to ${largest}`, key);
    }
    return element;
  });
  return [x!, y!, z!];
}

/** The same as a unit vector; throws for one without a direction. */
export function parseDirection(object: StrictObject, key: string, largest: number): Vector3 {
  const [x, y, z] = parseVector(object, key, largest);
  const length = Math.hypot(x, y, z);
  if (length < MIN_NORM) throw object.error('is a zero vector', key);
  return [x / length, y / length, z / length];
}
