import assert from 'node:assert/strict';
import type { ErrorCode } from '../../../src/base/error-codes.ts';
import { SoftqdError } from '../../../src/base/errors.ts';
import type { Driver, Resetter, WorldSnapshots } from '../../../src/driver/index.ts';
import type { Reading, ResetState } from '../../../src/robot/reading.ts';

/** A body, the robot behind it, and what the contract has to know of them. */
export interface DriverFixture {
  readonly driver: Driver;
  readonly resetter: Resetter;
  /** Where an episode is asked to begin. */
  readonly start: ResetState;
  /** Code of the loss for good. */
  readonly lost: ErrorCode;
  /** Code of what is asked after close. */
  readonly closed: ErrorCode;
  /** By how much what is sent may differ from what was commanded, rad. */
  readonly sentWithinRad: number;
  /** Targets that the robot takes, given where it is. */
  targets(positions: Float64Array): readonly number[];
  /** Sees to it that one more reading comes: a robot in lock-step needs a command, others nothing. */
  bring(): void;
  /** The robot goes away for good. */
  lose(): Promise<void>;
  stop(): Promise<void>;
}

/** One whose world can be put away and taken up again. */
export interface SnapshotFixture extends DriverFixture {
  readonly world: WorldSnapshots;
}

/** One whose robot can be made to give readings that are not finite. */
export interface FaultyFixture extends DriverFixture {
  /** How many bad readings may still come once it is healed: those that are under way. */
  readonly badReadingsLeft: number;
  breakReading(): void;
  heal(): void;
}

/** A kind of stand, and what its body can show besides what every body must. */
export interface DriverCase<S extends DriverFixture> {
  readonly title: string;
  /** Skips, with the reason, where a part is missing. */
  readonly requires?: (context: { skip(): never }) => void;
  readonly open: () => Promise<S>;
  /** Each defines tests; which ones a stand can take is the compiler's to check. */
  readonly capabilities: readonly ((stand: () => S) => void)[];
}

/** What readings$ has emitted since `listen`. */
export interface Received {
  readonly readings: readonly Reading[];
  readonly faults: readonly SoftqdError[];
  /** The error or 'complete'; undefined before the end. */
  readonly end: unknown;
  readonly ended: Promise<unknown>;
}

export function listen(driver: Driver): Received {
  const readings: Reading[] = [];
  const faults: SoftqdError[] = [];
  let end: unknown;
  const ended = new Promise((resolve) => {
    const finish = (how: unknown): void => {
      end = how;
      resolve(how);
    };
    driver.readings$.subscribe({
      next: (event) => (event.kind === 'reading' ? readings.push(event.reading) : faults.push(event.error)),
      error: finish,
      complete: () => finish('complete'),
    });
  });
  return {
    readings,
    faults,
    ended,
    get end() {
      return end;
    },
  };
}

const PATIENCE_MS = 20_000;

export async function until(holds: () => boolean, what: string): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (!holds()) {
    assert.ok(performance.now() < deadlineMs, `never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Whether a fault was emitted or readings$ has ended. */
export function hasFailed({ faults, end }: Received): boolean {
  return faults.length > 0 || end !== undefined;
}

/** Resolves with the newest reading once `heard` has one more; the caller makes the driver emit it. */
export async function oneMore(heard: Received, than = heard.readings.length): Promise<Reading> {
  await until(() => heard.readings.length > than || hasFailed(heard), 'another reading');
  assert.equal(heard.end, undefined, `readings$ ended: ${heard.end instanceof SoftqdError ? heard.end.message : ''}`);
  assert.deepEqual(heard.faults, []);
  return heard.readings.at(-1)!;
}

/** Resolves with the newest reading once `heard` has `count` of them. */
export async function gather(stand: DriverFixture, heard: Received, count: number): Promise<Reading> {
  while (heard.readings.length < count) {
    const { length } = heard.readings;
    stand.bring();
    await oneMore(heard, length);
  }
  return heard.readings.at(-1)!;
}

/** For assert.rejects: a SoftqdError with this code. */
export function softqdError(code: ErrorCode): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof SoftqdError, String(error));
    assert.equal(error.code, code);
    return true;
  };
}
