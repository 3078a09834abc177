import assert from 'node:assert/strict';
import { SoftqdError } from '../../../../src/base/errors.ts';
import { openPlayback, throwOnFault, type Playback } from '../../../../src/driver/index.ts';
import type { TickRecord } from '../../../../src/experience/index.ts';
import type { Reading } from '../../../../src/robot/reading.ts';
import { tickAt } from '../../../support/experience/ticks.ts';
import { arm2Robot, pendulumRobot } from '../../../support/robots.ts';
import { unguardedForTest } from '../../../support/safe-command.ts';
import { stopPlan } from '../../../../src/safety/index.ts';

const anyState = { qpos: new Float64Array(2), qvel: new Float64Array(2) };

async function* from(ticks: readonly TickRecord[]): AsyncGenerator<TickRecord> {
  for (const tick of ticks) {
    await Promise.resolve();
    yield tick;
  }
}

function open(ticks: readonly TickRecord[]): Promise<Playback> {
  return openPlayback({ robot: arm2Robot, ticks: from(ticks) });
}

function listen({ driver }: Playback): { readonly readings: Reading[]; readonly ended: Promise<unknown> } {
  const readings: Reading[] = [];
  const ended = new Promise((resolve) => {
    driver.readings$.pipe(throwOnFault()).subscribe({
      next: (reading) => readings.push(reading),
      error: resolve,
      complete: () => resolve('complete'),
    });
  });
  return { readings, ended };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('PlaybackDriver', () => {
  const ticks = [0, 1, 2].map(tickAt);
  const targetsOf = (tick: TickRecord): number[] => [...tick.command!.targets];

  it('starts an episode where the recorded one started, whatever state is requested', async () => {
    const { resetter } = await open(ticks);
    assert.equal(await resetter.reset(anyState), ticks[0]!.episode!.reading);
  });

  it('rejects an episode where none was recorded', async () => {
    const { resetter } = await open([tickAt(1)]);
    await assert.rejects(resetter.reset(anyState), { code: 'E_PLAYBACK_MISMATCH' });
  });

  it('emits the first reading at the start, then one for each command, never before apply has returned', async () => {
    const playback = await open(ticks);
    const { readings, ended } = listen(playback);
    await settled();
    assert.equal(readings.length, 0);
    playback.driver.start();
    for (const [i, tick] of ticks.entries()) {
      assert.equal(readings.length, i + 1);
      assert.deepEqual(readings[i], tick.reading);
      playback.driver.apply(unguardedForTest(i, targetsOf(tick)));
      assert.equal(readings.length, i + 1);
      await settled();
    }
    assert.equal(await ended, 'complete');
    assert.equal(playback.driver.current, null);
    assert.deepEqual(playback.driver.counts, { ticks: 3, commandMismatches: 0, firstMismatch: null });
  });

  it('returns the recorded sent command in a new array', async () => {
    const { driver } = await open([tickAt(0), tickAt(1)]);
    driver.apply(unguardedForTest(0, targetsOf(tickAt(0))));
    await settled();
    const command = unguardedForTest(7, targetsOf(tickAt(1)));
    const applied = driver.apply(command);
    command.targets.fill(9);
    assert.equal(applied.sequence, 7);
    assert.deepEqual([...applied.targets], [Math.fround(1.1), 0]);
  });

  it('counts commands that are not bit-identical, including signed zeros, and keeps the first mismatch', async () => {
    const { driver } = await open(ticks);
    driver.apply(unguardedForTest(0, [0.1, 0]));
    await settled();
    const applied = driver.apply(unguardedForTest(1, [5, -0]));
    assert.deepEqual([...applied.targets], [5, -0]);
    await settled();
    driver.apply(unguardedForTest(2, targetsOf(ticks[2]!)));
    assert.deepEqual(driver.counts, {
      ticks: 3,
      commandMismatches: 2,
      firstMismatch: { tick: 0, kind: 'command', name: 'elbow', recorded: -0, played: 0 },
    });
  });

  it('rejects a command where the recorded control loop ended', async () => {
    const { driver } = await open([{ ...tickAt(0), command: null }]);
    assert.throws(() => driver.apply(unguardedForTest(0, [0, 0])), { code: 'E_PLAYBACK_MISMATCH' });
  });

  it('emits where the recorded control loop ended and restarted', async () => {
    const playback = await open([tickAt(0), { ...tickAt(1), episode: tickAt(0).episode }]);
    const { readings } = listen(playback);
    let ends = 0;
    playback.driver.segmentEnds$.subscribe(() => ends++);
    playback.driver.start();
    playback.driver.apply(unguardedForTest(0, targetsOf(tickAt(0))));
    await settled();
    assert.deepEqual([ends, readings.length], [1, 1]);
  });

  it('errors readings$ for present and later subscribers where ticks are missing, and then rejects commands', async () => {
    const playback = await open([tickAt(0), tickAt(3)]);
    const { ended } = listen(playback);
    playback.driver.start();
    playback.driver.apply(unguardedForTest(0, targetsOf(tickAt(0))));
    const error = await ended;
    assert.ok(error instanceof SoftqdError);
    assert.equal(error.code, 'E_LOG_FILE');
    assert.equal(await listen(playback).ended, error);
    assert.throws(() => playback.driver.apply(unguardedForTest(1, [0, 0])), error);
    await assert.rejects(playback.driver.arm(), error);
    await playback.driver.disarm(stopPlan(playback.driver.spec));
  });

  it('reports a recorded reading that is not finite as an error', async () => {
    const broken = { ...tickAt(1), reading: { ...tickAt(1).reading, positions: Float64Array.of(0, NaN) } };
    const playback = await open([tickAt(0), broken]);
    const { ended } = listen(playback);
    playback.driver.start();
    playback.driver.apply(unguardedForTest(0, targetsOf(tickAt(0))));
    assert.equal(((await ended) as SoftqdError).code, 'E_READING_NON_FINITE');
  });

  it('completes readings$ on close, also on a second one, and closes its source', async () => {
    let returned = 0;
    const source = from(ticks);
    const iterator: AsyncIterableIterator<TickRecord> = {
      next: () => source.next(),
      return: () => {
        returned++;
        return source.return(undefined);
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
    const playback = await openPlayback({ robot: arm2Robot, ticks: iterator });
    const { ended } = listen(playback);
    await playback.driver.close();
    await playback.driver.close();
    assert.equal(await ended, 'complete');
    assert.equal(await listen(playback).ended, 'complete');
    assert.ok(returned >= 1);
    assert.throws(() => playback.driver.apply(unguardedForTest(0, [0, 0])), { code: 'E_PLAYBACK_MISMATCH' });
  });

  it('cannot be opened without ticks, or for another robot', async () => {
    await assert.rejects(open([]), { code: 'E_LOG_FILE' });
    await assert.rejects(openPlayback({ robot: pendulumRobot, ticks: from(ticks) }), { code: 'E_READING_SHAPE' });
  });
});
