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
 * count (noted). Equal bounds are those of a joint that cannot move (see weldJoints). Throws E_ROBOT_FILE with file, line and joint for a
 * number that is none, a negative velocity or effort, and a range upside down.
 */
export function readLimits(joint: XmlReader, { name, type, used }: Joint, notes: string[]): UrdfLimits {
  const limit = joint.child('limit');
  const moves = type === 'revolute' || type === 'prismatic' || type === 'continuous';
  if (!moves || !used) {
    if (limit !== null || states(joint.child('safety_controller'), SOFT))
      notes.push(`joint ${name}: its limits are not used: it ${used ? `is ${type}` : 'follows another joint'}`);
    return NONE;
  }
  const [maxVelocity, maxEffort] = ['velocity', 'effort'].map((attribute) => {
    const value = limitNumber(joint, limit, attribute);
    if (value !== null && value < 0) throw joint.complaint(`has ${attribute} ${value}: must not be negative`);
    return value === 0 ? null : unlessNoLimit(attribute, value, name, notes);
  }) as [number | null, number | null];
  if (type === 'continuous') {
    const unused = [
      ...(states(limit, HARD) ? ['lower and upper'] : []),
      ...(states(joint.child('safety_controller'), SOFT) ? ['soft limits'] : []),
    ];
    if (unused.length > 0) notes.push(`joint ${name}: ${unused.join(', and ')} are not used: it is continuous`);
    return { lower: null, upper: null, maxVelocity, maxEffort };
  }
  const isDriven = maxVelocity !== null || maxEffort !== null;
  const hard = readHardRange(joint, { name, isDriven }, notes);
  if (hard.lower !== null && hard.lower === hard.upper) return { ...hard, maxVelocity, maxEffort };
  if (type === 'revolute') noteDegrees(name, [hard.lower, hard.upper], notes);
  return { ...narrowedBySoft(joint, name, hard, notes), maxVelocity, maxEffort };
}

const HARD = ['lower', 'upper'] as const;
const SOFT = ['soft_lower_limit', 'soft_upper_limit'] as const;

type Bounds = Pick<UrdfLimits, 'lower' | 'upper'>;

function states(element: XmlReader | null, attributes: readonly string[]): boolean {
  return element !== null && attributes.some((key) => element.element.attributes[key] !== undefined);
}

/** Null for a number that stands for "no limit", with a note. */
function unlessNoLimit(attribute: string, value: number | null, name: string, notes: string[]): number | null {
  if (value === null || Math.abs(value) < NO_LIMIT) return value;
  notes.push(`joint ${name}: ${attribute} ${value} is taken for "no limit"`);
  return null;
}

/** URDF: an omitted bound is 0. Two that are 0 are not given where one is omitted, or no velocity and effort are stated. */
function readHardRange(
  joint: XmlReader,
  { name, isDriven }: { readonly name: string; readonly isDriven: boolean },
  notes: string[],
): Bounds {
  const limit = joint.child('limit');
  const stated = HARD.map((key) => limitNumber(joint, limit, key));
  const [lower, upper] = HARD.map((key, i) => unlessNoLimit(key, stated[i] ?? 0, name, notes)) as [
    number | null,
    number | null,
  ];
  if (lower !== null && upper !== null && lower > upper)
    throw joint.complaint(`has lower ${lower} above upper ${upper}`);
  const isGiven = lower !== 0 || upper !== 0 || (isDriven && !stated.includes(null));
  return isGiven ? { lower, upper } : { lower: null, upper: null };
}

function narrowedBySoft(joint: XmlReader, name: string, { lower, upper }: Bounds, notes: string[]): Bounds {
  const controller = joint.child('safety_controller');
  const [softLower, softUpper] = SOFT.map((key) =>
    unlessNoLimit(key, limitNumber(joint, controller, key), name, notes),
  ) as [number | null, number | null];
  if (softLower === null && softUpper === null) return { lower, upper };
  const low = Math.max(lower ?? -Infinity, softLower ?? -Infinity);
  const high = Math.min(upper ?? Infinity, softUpper ?? Infinity);
  if (low >= high) {
    notes.push(`joint ${name}: soft limits ${softLower ?? '-'} to ${softUpper ?? '-'} leave no range and are not used`);
    return { lower, upper };
  }
  const [from, to] = [low, high].map((bound) => (Number.isFinite(bound) ? bound : null)) as [
    number | null,
    number | null,
  ];
  if (from !== lower || to !== upper)
    notes.push(
      `joint ${name}: range ${from ?? '-'} to ${to ?? '-'}, the soft limits; the hard ones are ${lower ?? '-'} to ${upper ?? '-'}`,
    );
  return { lower: from, upper: to };
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
