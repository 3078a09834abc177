import assert from 'node:assert/strict';
import { SoftqdError } from '../../../src/base/errors.ts';
import { throwOnFault } from '../../../src/driver/index.ts';
import { checkReading } from '../../../src/robot/reading.ts';
import { unguardedForTest } from '../../support/safe-command.ts';
import { gather, listen, oneMore, softqdError, type DriverFixture } from './fixture.ts';
import { stopPlan } from '../../../src/safety/index.ts';

/** Commands in one turn of the event loop; a lock-step simulator accepts 64 pending requests. */
const BURST = 30;

/** Arms after the first reading and returns a command for it. */
async function armed(fixture: DriverFixture, sequence = 0): Promise<ReturnType<typeof unguardedForTest>> {
  const { positions } = await gather(fixture, listen(fixture.driver), 1);
  await fixture.driver.arm();
  return unguardedForTest(sequence, fixture.targets(positions));
}

/** The contract of every driver. */
export function allDrivers(fixture: () => DriverFixture): void {
  emitsReadings(fixture);
  sendsCommands(fixture);
  armsRepeatedly(fixture);
  endsReadings(fixture);
}

function emitsReadings(fixture: () => DriverFixture): void {
  it('emits readings that match the robot file, in order, and never changes one afterwards', async () => {
    const { driver } = fixture();
    const received = listen(driver);
    const copies: unknown[] = [];
    driver.readings$.pipe(throwOnFault()).subscribe((reading) => copies.push(structuredClone(reading)));
    await gather(fixture(), received, 10);
    received.readings.forEach((reading, i) => {
      checkReading(reading, driver.spec);
      assert.deepEqual(
        [...reading.sensors.keys()],
        driver.spec.sensors.map(({ name }) => name),
      );
      assert.ok(Number.isFinite(reading.deviceTimeS) && Number.isFinite(reading.arrivalNs));
      const before = received.readings[i - 1];
      if (before === undefined) return;
      assert.ok(reading.sequence > before.sequence);
      assert.ok(reading.arrivalNs >= before.arrivalNs);
      assert.ok(reading.deviceTimeS >= before.deviceTimeS);
    });
    assert.deepEqual(structuredClone(received.readings), copies);
  });

  it('is hot: a later subscriber receives no older reading, and the same objects as the others', async () => {
    const early = listen(fixture().driver);
    await gather(fixture(), early, 2);
    const late = listen(fixture().driver);
    assert.equal(late.readings.length, 0);
    await gather(fixture(), late, 3);
    const same = early.readings.slice(-late.readings.length);
    late.readings.forEach((reading, i) => assert.equal(reading, same[i]));
  });

  it('starts an episode with a reading that readings$ does not repeat', async () => {
    const first = await fixture().resetter.reset(fixture().start);
    checkReading(first, fixture().driver.spec);
    const received = listen(fixture().driver);
    await gather(fixture(), received, 2);
    assert.ok(received.readings[0]!.sequence > first.sequence);
  });

  it('rejects a reset whose signal is aborted', async () => {
    const { resetter, start } = fixture();
    await assert.rejects(resetter.reset(start, AbortSignal.abort()), softqdError('E_TIMEOUT'));
  });
}

function sendsCommands(fixture: () => DriverFixture): void {
  it('returns the targets that were sent, in a new array', async () => {
    const command = await armed(fixture(), 7);
    const targets = command.targets.slice();
    const applied = fixture().driver.apply(command);
    assert.deepEqual(command.targets, targets);
    command.targets.fill(9);
    assert.equal(applied.sequence, 7);
    assert.equal(applied.targets.length, targets.length);
    const differs = applied.targets.findIndex((sent, i) => !(Math.abs(sent - targets[i]!) <= fixture().sentWithinRad));
    assert.equal(differs, -1, `target ${differs}: ${applied.targets[differs]!} for ${targets[differs]!}`);
    const { length } = applied.targets;
    const kept = applied.targets.slice();
    fixture().driver.apply(unguardedForTest(8, new Array<number>(length).fill(0)));
    assert.deepEqual(applied.targets, kept);
  });

  it('emits nothing before apply has returned', async () => {
    const { targets } = await armed(fixture());
    const received = listen(fixture().driver);
    for (let i = 0; i < 20; i++) {
      const { length } = received.readings;
      fixture().driver.apply(unguardedForTest(i, [...targets]));
      assert.equal(received.readings.length, length);
      await oneMore(received, length);
    }
  });

  it('accepts commands without waiting for the robot', async () => {
    const { targets } = await armed(fixture());
    const received = listen(fixture().driver);
    for (let i = 0; i < BURST; i++)
      assert.equal(fixture().driver.apply(unguardedForTest(100 + i, [...targets])).sequence, 100 + i);
    assert.equal(received.readings.length, 0);
    await oneMore(received, 0);
  });
}

function armsRepeatedly(fixture: () => DriverFixture): void {
  it('can be armed and disarmed repeatedly, also when it is disarmed', async () => {
    await armed(fixture());
    const received = listen(fixture().driver);
    for (let i = 0; i < 3; i++) {
      await fixture().driver.arm();
      await fixture().driver.disarm(stopPlan(fixture().driver.spec), 'first');
      await fixture().driver.disarm(stopPlan(fixture().driver.spec), 'second');
      await Promise.all([
        fixture().driver.disarm(stopPlan(fixture().driver.spec), 'third'),
        fixture().driver.disarm(stopPlan(fixture().driver.spec), 'fourth'),
      ]);
    }
    await gather(fixture(), received, received.readings.length + 2);
  });

  it('schedules a reading at a finite time or not at all, and not at all when it is closed', async () => {
    const { driver } = fixture();
    const expected = (tickNs: number): number | null => driver.scheduleReading?.(tickNs) ?? null;
    const { arrivalNs } = await gather(fixture(), listen(driver), 1);
    for (let i = 0; i < 5; i++) {
      const atNs = expected(arrivalNs + i * driver.spec.controlPeriodS * 1e9);
      assert.ok(atNs === null || Number.isFinite(atNs), String(atNs));
    }
    await driver.close();
    assert.equal(expected(arrivalNs), null);
  });

  it('can be disarmed in every state: never armed, armed, lost and closed', async () => {
    const { driver } = fixture();
    await driver.disarm(stopPlan(driver.spec), 'never armed');
    await armed(fixture());
    await driver.disarm(stopPlan(driver.spec), 'operator');
    await driver.arm();
    await fixture().lose();
    await driver.disarm(stopPlan(driver.spec), 'lost');
    await driver.disarm(stopPlan(driver.spec), 'still lost');
    await driver.close();
    await driver.disarm(stopPlan(driver.spec), 'closed');
    await driver.disarm(stopPlan(driver.spec), 'still closed');
  });
}

function endsReadings(fixture: () => DriverFixture): void {
  it('errors for present and later subscribers after a permanent loss, and then rejects requests', async () => {
    const { driver, resetter, start, lost } = fixture();
    const listeners = [listen(driver), listen(driver)];
    await fixture().lose();
    const error = await listeners[0]!.ended;
    assert.ok(error instanceof SoftqdError);
    assert.equal(error.code, lost);
    assert.equal(await listeners[1]!.ended, error);
    assert.equal(await listen(driver).ended, error);
    assert.throws(
      () => driver.apply(unguardedForTest(0, fixture().targets(new Float64Array(driver.spec.joints.length)))),
      {
        code: lost,
      },
    );
    await assert.rejects(driver.arm(), softqdError(lost));
    await assert.rejects(resetter.reset(start), softqdError(lost));
    await driver.close();
    assert.equal(await listen(driver).ended, error, 'still lost after close');
    assert.equal(driver.scheduleReading?.(0) ?? null, null);
  });

  it('completes readings$ on close, also on a second one, and then rejects requests', async () => {
    const { driver, resetter, start, closed } = fixture();
    const { ended } = listen(driver);
    await armed(fixture());
    await Promise.all([driver.close(), driver.close()]);
    await driver.close();
    assert.equal(await ended, 'complete');
    assert.equal(await listen(driver).ended, 'complete');
    assert.throws(
      () => driver.apply(unguardedForTest(0, fixture().targets(new Float64Array(driver.spec.joints.length)))),
      {
        name: 'SoftqdError',
        code: closed,
      },
    );
    await assert.rejects(driver.arm(), softqdError(closed));
    await assert.rejects(resetter.reset(start), softqdError(closed));
  });
}
