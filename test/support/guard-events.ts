import fc from 'fast-check';
import type { Reading } from '../../src/robot/reading.ts';
import type { JointSpec } from '../../src/robot/robot-spec.ts';
import { readingOf } from './robots.ts';

export const MAX_AGE_S = 0.05;

/** Thousandths: fast-check draws doubles mostly near 0. */
const thousandths = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: 1000 * min, max: 1000 * max }).map((value) => value / 1000);

/** Any double at all, with the interesting ones often. */
const wild = fc.oneof(
  { weight: 4, arbitrary: thousandths(-10, 10) },
  { weight: 1, arbitrary: fc.double({ min: -10, max: 10, noNaN: true }) },
  { weight: 1, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 1e308, -1e308, 5e-324) },
);
const calm = thousandths(-4, 4);
const limit = (max: number): fc.Arbitrary<number | undefined> => fc.option(thousandths(0, max), { nil: undefined });

const limits = fc
  .record({
    min: limit(3),
    max: limit(3),
    velocity: limit(8),
    acceleration: limit(100),
    distance: limit(2),
    effort: limit(5),
    rate: limit(100),
  })
  .map(({ min, max, velocity, acceleration, distance, effort, rate }) => ({
    ...(min === undefined ? {} : { minPositionRadOrM: -min }),
    ...(max === undefined ? {} : { maxPositionRadOrM: max }),
    ...(velocity === undefined ? {} : { maxVelocityRadOrMPerS: velocity }),
    ...(acceleration === undefined ? {} : { maxAccelerationRadOrMPerS2: acceleration }),
    ...(distance === undefined ? {} : { maxCommandDistanceRadOrM: distance }),
    ...(effort === undefined ? {} : { maxEffortNmOrN: effort }),
    ...(rate === undefined ? {} : { maxEffortRateNmOrNPerS: rate }),
  }));

export const joint: fc.Arbitrary<JointSpec> = fc.record({
  name: fc.constant('joint'),
  kind: fc.constant('revolute' as const),
  commandMode: fc.constantFrom('position' as const, 'velocity' as const, 'effort' as const),
  stopMode: fc.constantFrom('hold' as const, 'damp' as const, 'torque-off' as const),
  limits,
});

export type Event =
  | { readonly kind: 'check'; readonly command: number[]; readonly reading: ReadingPlan }
  | { readonly kind: 'arm' | 'beginEpisode'; readonly reading: ReadingPlan }
  | { readonly kind: 'stop' | 'disarm' | 'fault' }
  | { readonly kind: 'time'; readonly byS: number };

export interface ReadingPlan {
  readonly positions: number[];
  readonly velocities: number[];
  readonly efforts: number[];
  readonly ageS: number;
}

/** Vectors that mostly fit the robot (they are cut or not, four values are drawn) and mostly are sane. */
const vector = (value: fc.Arbitrary<number>): fc.Arbitrary<number[]> => fc.array(value, { minLength: 4, maxLength: 4 });
const readingPlan: fc.Arbitrary<ReadingPlan> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      positions: vector(calm),
      velocities: vector(calm),
      efforts: vector(calm),
      ageS: fc.constantFrom(0, 0, 0, 0.04),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      positions: vector(wild),
      velocities: vector(wild),
      efforts: vector(wild),
      ageS: fc.oneof(fc.constantFrom(0, 0.06, -1, 1e9, NaN), fc.double({ min: 0, max: 0.1 })),
    }),
  },
);
export const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant('check' as const), command: vector(wild), reading: readingPlan }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('arm' as const), reading: readingPlan }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('beginEpisode' as const), reading: readingPlan }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('stop' as const, 'disarm' as const, 'fault' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('time' as const),
      byS: fc.constantFrom(0.01, 1, 1e6, -0.01, -0.2992, -0.3),
    }),
  },
);

/** A vector of the robot's size, or of a wrong size, selected by its first value. */
export const fit = (values: readonly number[], count: number): number[] =>
  values[0] === 5e-324 ? values.slice(0, count - 1) : values.slice(0, count);

export function readingFrom(plan: ReadingPlan, count: number, nowNs: number): Reading {
  return readingOf({
    positions: fit(plan.positions, count),
    velocities: plan.velocities.slice(0, count),
    efforts: plan.efforts.slice(0, count),
    arrivalNs: nowNs - plan.ageS * 1e9,
  });
}
