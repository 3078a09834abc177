import assert from 'node:assert/strict';
import { SoftqdError } from '../../../src/base/errors.ts';
import { checkReading } from '../../../src/robot/reading.ts';
import { unguardedForTest } from '../../support/safe-command.ts';
import { gather, listen, oneMore, softqdError, type Stand } from './fixture.ts';

/** Commands in a row, without giving the robot the time to take one; a simulator in lock-step may owe 64 answers. */
const BURST = 30;

/** What the Body port promises of each. */
export function everyBody(stand: () => Stand): void {
  /** Arms, as a line does, once it has seen where the robot is, and gives a command. */
  async function armed(sequence = 0): Promise<ReturnType<typeof unguardedForTest>> {
    const { positions } = await gather(stand(), listen(stand().body), 1);
    await stand().body.arm();
    return unguardedForTest(sequence, stand().targets(positions));
  }

  it('gives readings that fit the robot file, in order, and never changes one afterwards', async () => {
    const { body } = stand();
    const heard = listen(body);
    const copies: unknown[] = [];
    body.readings$.subscribe((reading) => copies.push(structuredClone(reading)));
    await gather(stand(), heard, 10);
    heard.readings.forEach((reading, i) => {
      checkReading(reading, body.spec);
      assert.deepEqual(
        [...reading.sensors.keys()],
        body.spec.sensors.map(({ name }) => name),
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
    const early = listen(stand().body);
    await gather(stand(), early, 2);
    const late = listen(stand().body);
    assert.equal(late.readings.length, 0);
    await gather(stand(), late, 3);
    const same = early.readings.slice(-late.readings.length);
    late.readings.forEach((reading, i) => assert.equal(reading, same[i]));
  });

  it('begins an episode with a reading that readings$ does not repeat', async () => {
    const first = await stand().resetter.reset(stand().start);
    checkReading(first, stand().body.spec);
    const heard = listen(stand().body);
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
    const applied = stand().body.apply(wanted);
    assert.deepEqual(wanted.targets, targets);
    wanted.targets.fill(9);
    assert.equal(applied.sequence, 7);
    assert.equal(applied.targets.length, targets.length);
    const differs = applied.targets.findIndex((sent, i) => !(Math.abs(sent - targets[i]!) <= stand().sentWithinRad));
    assert.equal(differs, -1, `target ${differs}: ${applied.targets[differs]!} for ${targets[differs]!}`);
    const { length } = applied.targets;
    const kept = applied.targets.slice();
    stand().body.apply(unguardedForTest(8, new Array<number>(length).fill(0)));
    assert.deepEqual(applied.targets, kept);
  });

  it('never speaks before apply has returned', async () => {
    const { targets } = await armed();
    const heard = listen(stand().body);
    for (let i = 0; i < 20; i++) {
      const { length } = heard.readings;
      stand().body.apply(unguardedForTest(i, [...targets]));
      assert.equal(heard.readings.length, length);
      await oneMore(heard, length);
    }
  });

  it('takes commands without waiting for the robot', async () => {
    const { targets } = await armed();
    const heard = listen(stand().body);
    for (let i = 0; i < BURST; i++)
      assert.equal(stand().body.apply(unguardedForTest(100 + i, [...targets])).sequence, 100 + i);
    assert.equal(heard.readings.length, 0);
    await oneMore(heard, 0);
  });

  it('is armed and disarmed as often as one likes, a disarmed one too', async () => {
    await armed();
    const heard = listen(stand().body);
    for (let i = 0; i < 3; i++) {
      await stand().body.arm();
      await stand().body.disarm('first');
      await stand().body.disarm('second');
      await Promise.all([stand().body.disarm('third'), stand().body.disarm('fourth')]);
    }
    await gather(stand(), heard, heard.readings.length + 2);
  });

  it('expects a reading at some time or at none, and none when it is closed', async () => {
    const { body } = stand();
    const expected = (tickNs: number): number | null => body.expectReading?.(tickNs) ?? null;
    const { arrivalNs } = await gather(stand(), listen(body), 1);
    for (let i = 0; i < 5; i++) {
      const atNs = expected(arrivalNs + i * body.spec.controlPeriodS * 1e9);
      assert.ok(atNs === null || Number.isFinite(atNs), String(atNs));
    }
    await body.close();
    assert.equal(expected(arrivalNs), null);
  });

  it('ends readings$ with the loss for everyone, now and later, and then refuses what is asked', async () => {
    const { body, resetter, start, lost } = stand();
    const listeners = [listen(body), listen(body)];
    await stand().lose();
    // The robot may go away for a moment first.
    for (const { ended } of listeners) assert.ok((await ended) instanceof SoftqdError);
    const error = await listen(body).ended;
    assert.ok(error instanceof SoftqdError);
    assert.equal(error.code, lost);
    assert.equal(await listen(body).ended, error);
    assert.throws(() => body.apply(unguardedForTest(0, stand().targets(new Float64Array(body.spec.joints.length)))), {
      code: lost,
    });
    await assert.rejects(body.arm(), softqdError(lost));
    await assert.rejects(resetter.reset(start), softqdError(lost));
    await body.close();
    assert.equal(await listen(body).ended, error, 'closed, it is lost still');
    assert.equal(body.expectReading?.(0) ?? null, null);
  });

  it('can be disarmed at any time: never armed, armed, lost or closed', async () => {
    const { body } = stand();
    await body.disarm('never armed');
    await armed();
    await body.disarm('a person said so');
    await body.arm();
    await stand().lose();
    await body.disarm('lost');
    await body.disarm('lost still');
    await body.close();
    await body.disarm('closed');
    await body.disarm('closed still');
  });

  it('completes readings$ when it is closed, however often, and then refuses what is asked', async () => {
    const { body, resetter, start, closed } = stand();
    const { ended } = listen(body);
    await armed();
    await Promise.all([body.close(), body.close()]);
    await body.close();
    assert.equal(await ended, 'complete');
    assert.equal(await listen(body).ended, 'complete');
    assert.throws(() => body.apply(unguardedForTest(0, stand().targets(new Float64Array(body.spec.joints.length)))), {
      name: 'SoftqdError',
      code: closed,
    });
    await assert.rejects(body.arm(), softqdError(closed));
    await assert.rejects(resetter.reset(start), softqdError(closed));
  });
}
