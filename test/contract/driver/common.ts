import assert from 'node:assert/strict';
import { SoftqdError } from '../../../src/base/errors.ts';
import { throwOnFault } from '../../../src/driver/index.ts';
import { checkReading } from '../../../src/robot/reading.ts';
import { unguardedForTest } from '../../support/safe-command.ts';
import { gather, listen, oneMore, softqdError, type DriverFixture } from './fixture.ts';

/** Commands in a row, without giving the robot the time to take one; a simulator in lock-step may owe 64 answers. */
const BURST = 30;

/** What the Body port promises of each. */
export function allDrivers(stand: () => DriverFixture): void {
  /** Arms, as a line does, once it has seen where the robot is, and gives a command. */
  async function armed(sequence = 0): Promise<ReturnType<typeof unguardedForTest>> {
    const { positions } = await gather(stand(), listen(stand().driver), 1);
    await stand().driver.arm();
    return unguardedForTest(sequence, stand().targets(positions));
  }

  it('gives readings that fit the robot file, in order, and never changes one afterwards', async () => {
    const { driver } = stand();
    const heard = listen(driver);
    const copies: unknown[] = [];
    driver.readings$.pipe(throwOnFault()).subscribe((reading) => copies.push(structuredClone(reading)));
    await gather(stand(), heard, 10);
    heard.readings.forEach((reading, i) => {
      checkReading(reading, driver.spec);
      assert.deepEqual(
        [...reading.sensors.keys()],
        driver.spec.sensors.map(({ name }) => name),
      );
      assert.ok(Number.isFinite(reading.deviceTimeS) && Number.isFinite(reading.arrivalNs));
      const before = heard.readings[i - 1];
      if (before === undefined) return;
      assert.ok(reading.sequence > before.sequence);
      assert.ok(reading.arrivalNs >= before.arrivalNs);
      assert.ok(reading.deviceTimeS >= before.deviceTimeS);
    });
    assert.deepEqual(structuredClone(heard.readings), copies);
  });

  it('is hot: who listens later hears nothing old, and the same as everyone', async () => {
    const early = listen(stand().driver);
    await gather(stand(), early, 2);
    const late = listen(stand().driver);
    assert.equal(late.readings.length, 0);
    await gather(stand(), late, 3);
    const same = early.readings.slice(-late.readings.length);
    late.readings.forEach((reading, i) => assert.equal(reading, same[i]));
  });

  it('begins an episode with a reading that readings$ does not repeat', async () => {
    const first = await stand().resetter.reset(stand().start);
    checkReading(first, stand().driver.spec);
    const heard = listen(stand().driver);
    await gather(stand(), heard, 2);
    assert.ok(heard.readings[0]!.sequence > first.sequence);
  });

  it('does not wait for an episode to begin when nobody wants it any more', async () => {
    const { resetter, start } = stand();
    await assert.rejects(resetter.reset(start, AbortSignal.abort()), softqdError('E_TIMEOUT'));
  });

  it('reports what it sent, in an array of its own', async () => {
    const wanted = await armed(7);
    const targets = wanted.targets.slice();
    const applied = stand().driver.apply(wanted);
    assert.deepEqual(wanted.targets, targets);
    wanted.targets.fill(9);
    assert.equal(applied.sequence, 7);
    assert.equal(applied.targets.length, targets.length);
    const differs = applied.targets.findIndex((sent, i) => !(Math.abs(sent - targets[i]!) <= stand().sentWithinRad));
    assert.equal(differs, -1, `target ${differs}: ${applied.targets[differs]!} for ${targets[differs]!}`);
    const { length } = applied.targets;
    const kept = applied.targets.slice();
    stand().driver.apply(unguardedForTest(8, new Array<number>(length).fill(0)));
    assert.deepEqual(applied.targets, kept);
  });

  it('never speaks before apply has returned', async () => {
    const { targets } = await armed();
    const heard = listen(stand().driver);
    for (let i = 0; i < 20; i++) {
      const { length } = heard.readings;
      stand().driver.apply(unguardedForTest(i, [...targets]));
      assert.equal(heard.readings.length, length);
      await oneMore(heard, length);
    }
  });

  it('takes commands without waiting for the robot', async () => {
    const { targets } = await armed();
    const heard = listen(stand().driver);
    for (let i = 0; i < BURST; i++)
      assert.equal(stand().driver.apply(unguardedForTest(100 + i, [...targets])).sequence, 100 + i);
    assert.equal(heard.readings.length, 0);
    await oneMore(heard, 0);
  });

  it('is armed and disarmed as often as one likes, a disarmed one too', async () => {
    await armed();
    const heard = listen(stand().driver);
    for (let i = 0; i < 3; i++) {
      await stand().driver.arm();
      await stand().driver.disarm('first');
      await stand().driver.disarm('second');
      await Promise.all([stand().driver.disarm('third'), stand().driver.disarm('fourth')]);
    }
    await gather(stand(), heard, heard.readings.length + 2);
  });

  it('expects a reading at some time or at none, and none when it is closed', async () => {
    const { driver } = stand();
    const expected = (tickNs: number): number | null => driver.scheduleReading?.(tickNs) ?? null;
    const { arrivalNs } = await gather(stand(), listen(driver), 1);
    for (let i = 0; i < 5; i++) {
      const atNs = expected(arrivalNs + i * driver.spec.controlPeriodS * 1e9);
      assert.ok(atNs === null || Number.isFinite(atNs), String(atNs));
    }
    await driver.close();
    assert.equal(expected(arrivalNs), null);
  });

  it('ends readings$ with the loss for everyone, now and later, and then refuses what is asked', async () => {
    const { driver, resetter, start, lost } = stand();
    const listeners = [listen(driver), listen(driver)];
    await stand().lose();
    const error = await listeners[0]!.ended;
    assert.ok(error instanceof SoftqdError);
    assert.equal(error.code, lost);
    assert.equal(await listeners[1]!.ended, error);
    assert.equal(await listen(driver).ended, error);
    assert.throws(
      () => driver.apply(unguardedForTest(0, stand().targets(new Float64Array(driver.spec.joints.length)))),
      {
        code: lost,
      },
    );
    await assert.rejects(driver.arm(), softqdError(lost));
    await assert.rejects(resetter.reset(start), softqdError(lost));
    await driver.close();
    assert.equal(await listen(driver).ended, error, 'closed, it is lost still');
    assert.equal(driver.scheduleReading?.(0) ?? null, null);
  });

  it('can be disarmed at any time: never armed, armed, lost or closed', async () => {
    const { driver } = stand();
    await driver.disarm('never armed');
    await armed();
    await driver.disarm('a person said so');
    await driver.arm();
    await stand().lose();
    await driver.disarm('lost');
    await driver.disarm('lost still');
    await driver.close();
    await driver.disarm('closed');
    await driver.disarm('closed still');
  });

  it('completes readings$ when it is closed, however often, and then refuses what is asked', async () => {
    const { driver, resetter, start, closed } = stand();
    const { ended } = listen(driver);
    await armed();
    await Promise.all([driver.close(), driver.close()]);
    await driver.close();
    assert.equal(await ended, 'complete');
    assert.equal(await listen(driver).ended, 'complete');
    assert.throws(
      () => driver.apply(unguardedForTest(0, stand().targets(new Float64Array(driver.spec.joints.length)))),
      {
        name: 'SoftqdError',
        code: closed,
      },
    );
    await assert.rejects(driver.arm(), softqdError(closed));
    await assert.rejects(resetter.reset(start), softqdError(closed));
  });
}
