import assert from 'node:assert/strict';
import { MonotonicClock } from '../../../src/base/monotonic-clock.ts';
import { SoftqdError } from '../../../src/base/errors.ts';
import { unguardedForTest } from '../../support/safe-command.ts';
import { listen, oneMore, until, hasFailed, type Received, type DriverFixture } from './fixture.ts';
import { stopPlan } from '../../../src/safety/index.ts';

/** More commands than a pseudo-terminal or socket accepts while the other end does not read. */
const FLOOD = 1000;
const FAR_RAD = 0.3;
const NEAR_RAD = 0.05;
/** At rest, no joint moves by more than this within REST_NS. */
const REST_RAD = 0.04;
const REST_NS = 200e6;

/** Real time: readings arrive without commands. */
export function emitsWithoutCommands(fixture: () => DriverFixture): void {
  it('emits readings without commands', async () => {
    const { readings } = listen(fixture().driver);
    await until(() => readings.length >= 10, 'ten readings');
  });

  it('resolves a reset with a current reading', async () => {
    const clock = new MonotonicClock();
    const beforeNs = clock.nowNs();
    const { arrivalNs } = await fixture().resetter.reset(fixture().start);
    assert.ok(arrivalNs > beforeNs - 1e9 && arrivalNs <= clock.nowNs());
  });

  it('accepts commands that the robot does not read, and then continues or reports a fault', async () => {
    const received = listen(fixture().driver);
    const { positions } = await oneMore(received, 0);
    await fixture().driver.arm();
    // The robot, or its transport, runs in this thread: it reads nothing meanwhile.
    for (let i = 0; i < FLOOD; i++) fixture().driver.apply(unguardedForTest(i, fixture().targets(positions)));
    const after = listen(fixture().driver);
    await until(() => after.readings.length > 0 || hasFailed(after), 'a reading or a fault');
    assert.ok(after.end === undefined || after.end instanceof SoftqdError, String(after.end));
  });

  it('rejects a pending reset on close, or resolves it with a reading', async () => {
    const { driver, resetter, start, closed } = fixture();
    const waiting = resetter.reset(start).catch((error: unknown) => error);
    await driver.close();
    const answer = await waiting;
    if (answer instanceof Error) assert.ok(answer instanceof SoftqdError && answer.code === closed, String(answer));
  });
}

/** The time of the next reading is known. */
export function schedulesReadings(fixture: () => DriverFixture): void {
  it('returns for each tick the time of its reading, at most three periods from now', async () => {
    const { driver } = fixture();
    const clock = new MonotonicClock();
    const received = listen(driver);
    const periodNs = driver.spec.controlPeriodS * 1e9;
    for (let i = 0; i < 5; i++) {
      await oneMore(received);
      const nowNs = clock.nowNs();
      const atNs = driver.scheduleReading?.(nowNs) ?? null;
      assert.ok(atNs !== null && Math.abs(atNs - nowNs) <= 3 * periodNs, String(atNs));
    }
  });
}

/** Resolves with the positions at rest: a joint that was never armed falls under gravity, and one without torque coasts. */
async function resting(received: Received): Promise<Float64Array> {
  const { arrivalNs: sinceNs } = await oneMore(received);
  const atRest = (): boolean => {
    const { arrivalNs, positions } = received.readings.at(-1)!;
    const newest = received.readings.filter((reading) => reading.arrivalNs > arrivalNs - REST_NS);
    return (
      arrivalNs - sinceNs > REST_NS &&
      newest.every((reading) => reading.positions.every((at, i) => Math.abs(at - positions[i]!) < REST_RAD))
    );
  };
  await until(() => received.end !== undefined || atRest(), 'a robot at rest');
  assert.equal(received.end, undefined);
  return received.readings.at(-1)!.positions;
}

function displaced(positions: Float64Array): number[] {
  return [...positions].map((position, i) => (i === 0 ? position + FAR_RAD : position));
}

/** Commands over 20 readings that would move the first joint. */
async function doesNotMove({ driver }: DriverFixture, received: Received): Promise<void> {
  const from = await resting(received);
  for (let i = 0; i < 20; i++) {
    driver.apply(unguardedForTest(i, displaced(from)));
    const { positions } = await oneMore(received);
    assert.ok(Math.abs(positions[0]! - from[0]!) < NEAR_RAD, `moved from ${from[0]!} to ${positions[0]!}`);
  }
}

async function reaches({ driver }: DriverFixture, received: Received, goal: readonly number[]): Promise<void> {
  let sequence = 0;
  const timer = setInterval(() => driver.apply(unguardedForTest(sequence++, goal)), 20);
  const arrived = (): boolean => Math.abs(received.readings.at(-1)!.positions[0]! - goal[0]!) < NEAR_RAD;
  try {
    await until(() => arrived() || received.end !== undefined, 'the robot at its target');
    await resting(received);
  } finally {
    clearInterval(timer);
  }
}

/** The first joint moves when the robot is armed, and only then. */
export function movesOnlyWhenArmed(fixture: () => DriverFixture): void {
  it('arms at its position, then moves to its target', async () => {
    const received = listen(fixture().driver);
    const from = await resting(received);
    await fixture().driver.arm();
    const armed = await resting(received);
    from.forEach((position, i) => assert.ok(Math.abs(armed[i]! - position) < 0.2, `joint ${i} jumped`));
    await reaches(fixture(), received, displaced(armed));
  });

  it('does not move before it is armed', async () => {
    await doesNotMove(fixture(), listen(fixture().driver));
  });

  it('stops moving when it is disarmed, and moves again when it is armed again', async () => {
    const received = listen(fixture().driver);
    await fixture().driver.arm();
    await reaches(fixture(), received, displaced(await resting(received)));
    await fixture().driver.disarm(stopPlan(fixture().driver.spec), 'test');
    await doesNotMove(fixture(), received);
    await fixture().driver.arm();
    await reaches(fixture(), received, displaced(await resting(received)));
  });

  it('is disarmed by a disarm during arming', async () => {
    const received = listen(fixture().driver);
    await oneMore(received, 0);
    const arming = fixture()
      .driver.arm()
      .catch((error: unknown) => assert.ok(error instanceof SoftqdError, String(error)));
    await fixture().driver.disarm(stopPlan(fixture().driver.spec), 'operator');
    await arming;
    await doesNotMove(fixture(), received);
  });
}
