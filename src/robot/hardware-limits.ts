import type { JointLimits, JointSpec, RobotSpec } from './robot-spec.ts';

/** A limit with which hardware is not armed. */
export interface LimitProblem {
  readonly joint: string;
  readonly limit: keyof JointLimits;
  /** Absent: the robot file does not state it. */
  readonly value?: number;
  /** The largest value that is taken for a limit. */
  readonly largest?: number;
  /** A range that is too wide and the widest, as a text. */
  readonly range?: string;
}

/** Largest values of hardware limits; beyond them a number is a mistake in its unit or stands for "no limit". */
interface LargestLimits {
  readonly maxVelocityRadOrMPerS: number;
  readonly maxAccelerationRadOrMPerS2: number;
  readonly maxEffortNmOrN: number;
  /** Of a position joint, rad or m. */
  readonly range: number;
}

/**
 * Revolute: 50 rad/s is twice the fastest RC servo (0.05 s for 60 degrees = 21 rad/s) and four times the fastest Dynamixel X (XL330:
 * 10.8); 1000 rad/s² takes such a servo to 20 rad/s in one tick; 10 kN m is the first axis of the largest industrial robots; position
 * servos turn a few times at most.
 */
const REVOLUTE: LargestLimits = {
  maxVelocityRadOrMPerS: 50,
  maxAccelerationRadOrMPerS2: 1000,
  maxEffortNmOrN: 10_000,
  range: 8 * Math.PI,
};

/** Prismatic: delta robots, the fastest, reach 10 m/s and 150 m/s²; 100 kN is a press. */
const PRISMATIC: LargestLimits = {
  maxVelocityRadOrMPerS: 10,
  maxAccelerationRadOrMPerS2: 200,
  maxEffortNmOrN: 100_000,
  range: 100,
};

const ALWAYS = ['minPositionRadOrM', 'maxPositionRadOrM', 'maxVelocityRadOrMPerS', 'maxEffortNmOrN'] as const;
const CHECKED = ['maxVelocityRadOrMPerS', 'maxAccelerationRadOrMPerS2', 'maxEffortNmOrN'] as const;

/** What hardware with these limits lacks or states beyond reason, in the order of its joints; empty: it may be armed. Pure. */
export function hardwareLimitProblems({ joints }: Pick<RobotSpec, 'joints'>): readonly LimitProblem[] {
  return joints.flatMap((joint) => [...missingLimits(joint), ...unreasonableLimits(joint)]);
}

/** One problem as a phrase: "elbow.maxVelocityRadOrMPerS is 1000, at most 50". */
export function limitProblemText({ joint, limit, value, largest, range }: LimitProblem): string {
  if (range !== undefined) return `${joint} ranges over ${range}`;
  if (value === undefined) return `${joint}.${limit} is missing`;
  return largest === undefined ? `${joint}.${limit} is ${value}` : `${joint}.${limit} is ${value}, at most ${largest}`;
}

/** An effort joint has no commanded motion, so that no acceleration can be limited. */
function missingLimits({ name, limits, commandMode }: JointSpec): LimitProblem[] {
  const needed: readonly (keyof JointLimits)[] =
    commandMode === 'effort' ? ALWAYS : [...ALWAYS, 'maxAccelerationRadOrMPerS2'];
  return needed
    .filter((limit) => !Number.isFinite(limits[limit]))
    .map((limit) => ({ joint: name, limit, ...(limits[limit] === undefined ? {} : { value: limits[limit] }) }));
}

function unreasonableLimits({ name, kind, limits, commandMode }: JointSpec): LimitProblem[] {
  const largestOf = kind === 'revolute' ? REVOLUTE : PRISMATIC;
  const problems: LimitProblem[] = [];
  for (const limit of CHECKED) {
    const value = limits[limit];
    const largest = largestOf[limit];
    if (value !== undefined && Number.isFinite(value) && value > largest)
      problems.push({ joint: name, limit, value, largest });
  }
  const { minPositionRadOrM: low = NaN, maxPositionRadOrM: high = NaN } = limits;
  // Joints without position commands (wheels, a pendulum) may turn on.
  if (commandMode === 'position' && high - low > largestOf.range)
    problems.push({
      ...{ joint: name, limit: 'maxPositionRadOrM', value: high, largest: low + largestOf.range },
      range: rangeText(kind, low, high, largestOf.range),
    });
  return problems;
}

function rangeText(kind: JointSpec['kind'], low: number, high: number, widest: number): string {
  const width = Number((high - low).toPrecision(6));
  return kind === 'revolute'
    ? `${low} to ${high}, ${width} rad wide: at most ${widest.toFixed(2)} rad (8 pi)`
    : `${low} to ${high}, ${width} m wide: at most ${widest} m`;
}
