import { decimalNumber, type XmlReader } from '../xml/index.ts';
import type { UrdfJointType, UrdfLimits } from './urdf-robot.ts';

/** A number of this size or more stands for "no limit". */
const NO_LIMIT = 1e6;
/** A revolute joint beyond this, in whole numbers, was probably measured in degrees: two turns. */
const PROBABLY_DEGREES = 4 * Math.PI;
const NONE: UrdfLimits = { lower: null, upper: null, maxVelocity: null, maxEffort: null };

interface Joint {
  readonly name: string;
  readonly type: UrdfJointType;
  /** False: it follows another joint. */
  readonly used: boolean;
}

/**
 * The limits of a joint. Those that its type does not have are not read (noted when stated); of hard and soft limits the narrower ones
 * count (noted). Throws E_ROBOT_FILE with file, line and joint for a number that is none, and for a range upside down.
 */
export function readLimits(joint: XmlReader, { name, type, used }: Joint, notes: string[]): UrdfLimits {
  const limit = joint.child('limit');
  const moves = type === 'revolute' || type === 'prismatic' || type === 'continuous';
  if (!moves || !used) {
    if (limit !== null)
      notes.push(`joint ${name}: its limits are not used: it ${used ? `is ${type}` : 'follows another joint'}`);
    return NONE;
  }
  const read = (attribute: string): number | null => {
    const value = limitNumber(joint, limit, attribute);
    if (value === null || Math.abs(value) < NO_LIMIT) return value;
    notes.push(`joint ${name}: ${attribute} ${value} is taken for "no limit"`);
    return null;
  };
  const [maxVelocity, maxEffort] = [positive(read('velocity')), positive(read('effort'))];
  if (type === 'continuous') {
    const stated = limit !== null && ['lower', 'upper'].some((key) => limit.element.attributes[key] !== undefined);
    if (stated) notes.push(`joint ${name}: lower and upper are not used: it is continuous`);
    return { lower: null, upper: null, maxVelocity, maxEffort };
  }
  return { ...readRange(joint, { name, type, read }, notes), maxVelocity, maxEffort };
}

function readRange(
  joint: XmlReader,
  { name, type, read }: Pick<Joint, 'name' | 'type'> & { readonly read: (attribute: string) => number | null },
  notes: string[],
): Pick<UrdfLimits, 'lower' | 'upper'> {
  const stated = joint.child('limit')?.element.attributes ?? {};
  // URDF: an omitted bound is 0; a bound that stands for "no limit" is none.
  const bound = (key: 'lower' | 'upper'): number | null => (stated[key] === undefined ? 0 : read(key));
  const [lower, upper] = [bound('lower'), bound('upper')];
  if (lower !== null && upper !== null && lower > upper)
    throw joint.complaint(`has lower ${lower} above upper ${upper}`);
  if (lower !== null && lower === upper) return { lower: null, upper: null };
  if (type === 'revolute') noteDegrees(name, [lower, upper], notes);
  const controller = joint.child('safety_controller');
  const soft = (key: string): number | null =>
    controller?.element.attributes[key] === undefined ? null : limitNumber(joint, controller, key);
  const [softLower, softUpper] = [soft('soft_lower_limit'), soft('soft_upper_limit')];
  if (softLower === null && softUpper === null) return { lower, upper };
  const low = Math.max(lower ?? -Infinity, softLower ?? -Infinity);
  const high = Math.min(upper ?? Infinity, softUpper ?? Infinity);
  if (low >= high) {
    notes.push(`joint ${name}: soft limits ${softLower ?? '-'} to ${softUpper ?? '-'} leave no range and are not used`);
    return { lower, upper };
  }
  if (low !== (lower ?? -Infinity) || high !== (upper ?? Infinity))
    notes.push(
      `joint ${name}: range ${low} to ${high}, the soft limits; the hard ones are ${lower ?? '-'} to ${upper ?? '-'}`,
    );
  return { lower: Number.isFinite(low) ? low : null, upper: Number.isFinite(high) ? high : null };
}

function noteDegrees(name: string, bounds: readonly (number | null)[], notes: string[]): void {
  const [largest = 0] = bounds.map((bound) => Math.abs(bound ?? 0)).sort((a, b) => b - a);
  if (largest <= PROBABLY_DEGREES || !bounds.every((bound) => Number.isInteger(bound ?? 0))) return;
  notes.push(
    `joint ${name}: range ${bounds.join(' to ')} is taken as radians, as URDF states; it looks like degrees: correct the URDF if so`,
  );
}

/** A number, also infinite; null when the attribute is not there. */
function limitNumber(joint: XmlReader, limit: XmlReader | null, attribute: string): number | null {
  const text = limit?.element.attributes[attribute]?.trim();
  if (text === undefined) return null;
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  // A number beyond the largest double was meant as "no limit", too.
  const value = decimalNumber(text);
  if (value === null) throw joint.complaint(`has ${attribute}="${text.slice(0, 64)}": must be a number`);
  return value;
}

function positive(value: number | null): number | null {
  return value !== null && value > 0 ? value : null;
}
