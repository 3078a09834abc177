import assert from 'node:assert/strict';
import type { ErrorCode } from '../../../src/base/error-codes.ts';
import { SoftqdError } from '../../../src/base/errors.ts';
import type { Driver, Resetter, WorldSnapshots } from '../../../src/driver/index.ts';
import type { Reading, ResetState } from '../../../src/robot/reading.ts';

/** A driver, its robot, and their properties for the contract. */
export interface DriverFixture {
  readonly driver: Driver;
  readonly resetter: Resetter;
  /** The requested initial state. */
  readonly start: ResetState;
  /** Code of a permanent loss. */
  readonly lost: ErrorCode;
  /** Code of requests after close. */
  readonly closed: ErrorCode;
  /** Maximum difference between sent and commanded targets, rad. */
  readonly sentWithinRad: number;
  /** Targets that the robot accepts at these positions. */
  targets(positions: Float64Array): readonly number[];
  /** Causes one more reading: in lock-step by a command, else nothing is needed. */
  causeReading(): void;
  /** Disconnects the robot permanently. */
  lose(): Promise<void>;
  stop(): Promise<void>;
}

/** A fixture whose world can be saved and restored. */
export interface SnapshotFixture extends DriverFixture {
  readonly world: WorldSnapshots;
}

/** A fixture whose robot can send readings that are not finite. */
export interface FaultyFixture extends DriverFixture {
  /** Maximum number of bad readings after `repair`: those already sent. */
  readonly badReadingsLeft: number;
  breakReading(): void;
  repair(): void;
}

/** A kind of fixture with the capabilities of its driver. */
export interface DriverCase<S extends DriverFixture> {
  readonly title: string;
  /** Skips with the reason where a requirement is missing. */
  readonly requires?: (context: { skip(): never }) => void;
  readonly open: () => Promise<S>;
  /** Each defines tests; the type allows only those that the fixture supports. */
  readonly capabilities: readonly ((fixture: () => S) => void)[];
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

const TIMEOUT_MS = 20_000;

export async function until(holds: () => boolean, what: string): Promise<void> {
  const deadlineMs = performance.now() + TIMEOUT_MS;
  while (!holds()) {
    assert.ok(performance.now() < deadlineMs, `never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Whether a fault was emitted or readings$ has ended. */
export function hasFailed({ faults, end }: Received): boolean {
  return faults.length > 0 || end !== undefined;
}

/** Resolves with the newest reading once `received` has one more; the caller makes the driver emit it. */
export async function oneMore(received: Received, than = received.readings.length): Promise<Reading> {
  await until(() => received.readings.length > than || hasFailed(received), 'another reading');
  assert.equal(
    received.end,
    undefined,
    `readings$ ended: ${received.end instanceof SoftqdError ? received.end.message : ''}`,
  );
  assert.deepEqual(received.faults, []);
  return received.readings.at(-1)!;
}

/** Resolves with the newest reading once `received` has `count` of them. */
export async function gather(fixture: DriverFixture, received: Received, count: number): Promise<Reading> {
  while (received.readings.length < count) {
    const { length } = received.readings;
    fixture.causeReading();
    await oneMore(received, length);
  }
  return received.readings.at(-1)!;
}

/** For assert.rejects: a SoftqdError with this code. */
export function softqdError(code: ErrorCode): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof SoftqdError, String(error));
    assert.equal(error.code, code);
    return true;
  };
}
