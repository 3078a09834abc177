import assert from 'node:assert/strict';
import { MonotonicClock } from '../../../src/base/monotonic-clock.ts';
import { SoftqdError } from '../../../src/base/errors.ts';
import { unguardedForTest } from '../../support/safe-command.ts';
import { listen, oneMore, until, hasFailed, type Received, type DriverFixture } from './fixture.ts';

/** More than a pseudo-terminal or a socket takes while nobody reads the other end. */
const FLOOD = 1000;
const FAR_RAD = 0.3;
const NEAR_RAD = 0.05;
/** At rest, no joint moves by more than this within that time. */
const RESTS_RAD = 0.04;
const REST_NS = 200e6;

/** The robot's time goes on by itself. */
export function speaksUnasked(stand: () => DriverFixture): void {
  it('gives readings without being asked', async () => {
    const { readings } = listen(stand().driver);
    await until(() => readings.length >= 10, 'ten readings');
  });

  it('a reset resolves with a reading of now', async () => {
    const clock = new MonotonicClock();
    const beforeNs = clock.nowNs();
    const { arrivalNs } = await stand().resetter.reset(stand().start);
    assert.ok(arrivalNs > beforeNs - 1e9 && arrivalNs <= clock.nowNs());
  });

  it('takes commands though nobody reads them, and then goes on, or says that the robot is gone', async () => {
    const heard = listen(stand().driver);
    const { positions } = await oneMore(heard, 0);
    await stand().driver.arm();
    // The robot, or who carries its bytes, is in this thread, or sleeps as long as it likes.
    for (let i = 0; i < FLOOD; i++) stand().driver.apply(unguardedForTest(i, stand().targets(positions)));
    const after = listen(stand().driver);
    await until(() => after.readings.length > 0 || hasFailed(after), 'a reading or a fault');
    assert.ok(after.end === undefined || after.end instanceof SoftqdError, String(after.end));
  });

  it('what waits for an episode to begin hears that the body was closed, or the reading', async () => {
    const { driver, resetter, start, closed } = stand();
    const waiting = resetter.reset(start).catch((error: unknown) => error);
    await driver.close();
    const answer = await waiting;
    if (answer instanceof Error) assert.ok(answer instanceof SoftqdError && answer.code === closed, String(answer));
  });
}

/** Time is known at which the next reading comes. */
export function expectsReadings(stand: () => DriverFixture): void {
  it('says for each tick when its reading comes, not later than a few periods from now', async () => {
    const { driver } = stand();
    const clock = new MonotonicClock();
    const heard = listen(driver);
    const periodNs = driver.spec.controlPeriodS * 1e9;
    for (let i = 0; i < 5; i++) {
      await oneMore(heard);
      const nowNs = clock.nowNs();
      const atNs = driver.scheduleReading?.(nowNs) ?? null;
      assert.ok(atNs !== null && Math.abs(atNs - nowNs) <= 3 * periodNs, String(atNs));
    }
  });
}

/** The first joint can be seen to move, and moves when the robot is armed only. */
export function movesOnlyWhenArmed(stand: () => DriverFixture): void {
  /** Resolves with the positions when no joint moves any more: gravity pulls at one that was never armed, and one that is let go coasts. */
  async function resting(heard: Received): Promise<Float64Array> {
    const { arrivalNs: sinceNs } = await oneMore(heard);
    const atRest = (): boolean => {
      const { arrivalNs, positions } = heard.readings.at(-1)!;
      const newest = heard.readings.filter((reading) => reading.arrivalNs > arrivalNs - REST_NS);
      return (
        arrivalNs - sinceNs > REST_NS &&
        newest.every((reading) => reading.positions.every((at, i) => Math.abs(at - positions[i]!) < RESTS_RAD))
      );
    };
    await until(() => heard.end !== undefined || atRest(), 'a robot at rest');
    assert.equal(heard.end, undefined);
    return heard.readings.at(-1)!.positions;
  }

  function away(positions: Float64Array): number[] {
    return [...positions].map((position, i) => (i === 0 ? position + FAR_RAD : position));
  }

  /** Commands over 20 readings what would move the first joint. */
  async function staysThough(heard: Received): Promise<void> {
    const from = await resting(heard);
    for (let i = 0; i < 20; i++) {
      stand().driver.apply(unguardedForTest(i, away(from)));
      const { positions } = await oneMore(heard);
      assert.ok(Math.abs(positions[0]! - from[0]!) < NEAR_RAD, `moved from ${from[0]!} to ${positions[0]!}`);
    }
  }

  async function reaches(heard: Received, goal: readonly number[]): Promise<void> {
    let sequence = 0;
    const beat = setInterval(() => stand().driver.apply(unguardedForTest(sequence++, goal)), 20);
    const arrived = (): boolean => Math.abs(heard.readings.at(-1)!.positions[0]! - goal[0]!) < NEAR_RAD;
    try {
      await until(() => arrived() || heard.end !== undefined, 'the robot is where it was told');
      await resting(heard);
    } finally {
      clearInterval(beat);
    }
  }

  it('arms where the robot is, then goes where it is told', async () => {
    const heard = listen(stand().driver);
    const from = await resting(heard);
    await stand().driver.arm();
    const armed = await resting(heard);
    from.forEach((position, i) => assert.ok(Math.abs(armed[i]! - position) < 0.2, `joint ${i} jumped`));
    await reaches(heard, away(armed));
  });

  it('does not move before it is armed', async () => {
    await staysThough(listen(stand().driver));
  });

  it('does not move any more once it is disarmed, and moves again when it is armed again', async () => {
    const heard = listen(stand().driver);
    await stand().driver.arm();
    await reaches(heard, away(await resting(heard)));
    await stand().driver.disarm('enough');
    await staysThough(heard);
    await stand().driver.arm();
    await reaches(heard, away(await resting(heard)));
  });

  it('is disarmed when it was disarmed while it was being armed', async () => {
    const heard = listen(stand().driver);
    await oneMore(heard, 0);
    const arming = stand()
      .driver.arm()
      .catch((error: unknown) => assert.ok(error instanceof SoftqdError, String(error)));
    await stand().driver.disarm('thought better of it');
    await arming;
    await staysThough(heard);
  });
}
