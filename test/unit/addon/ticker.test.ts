import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createTicker, type NativeAddon, NativeTicker } from '../../../src/addon/index.ts';
import { MonotonicClock } from '../../../src/base/monotonic-clock.ts';
import { requireAddon } from '../../support/addon.ts';

function busyNs(addon: NativeAddon, ns: number): void {
  const end = addon.monotonicNs() + ns;
  while (addon.monotonicNs() < end);
}

describe('the native ticker', () => {
  let addon: NativeAddon;
  before(function () {
    ({ addon } = requireAddon(this));
  });

  it('ticks on a grid of absolute deadlines, never before one', async () => {
    const ticks: [number, number, number][] = [];
    await new Promise<void>((resolve) => {
      const stop = createTicker(addon, {
        periodNs: 2e6,
        onTick: (deadlineNs, nowNs, skipped) => {
          ticks.push([deadlineNs, nowNs, skipped]);
          if (ticks.length < 25) return;
          stop();
          resolve();
        },
      });
    });
    for (const [i, [deadline, now, skipped]] of ticks.entries()) {
      assert.ok(now >= deadline, `tick ${i} came ${deadline - now} ns early`);
      if (i > 0) assert.equal(deadline - ticks[i - 1]![0], (skipped + 1) * 2e6);
    }
  });

  it('skips the deadlines that a slow tick missed', async () => {
    const deadlines: number[] = [];
    const skips: number[] = [];
    await new Promise<void>((resolve) => {
      const stop = createTicker(addon, {
        periodNs: 10e6,
        onTick: (deadlineNs, _nowNs, skipped) => {
          deadlines.push(deadlineNs);
          skips.push(skipped);
          if (deadlines.length === 1) busyNs(addon, 35e6);
          if (deadlines.length < 4) return;
          stop();
          resolve();
        },
      });
    });
    assert.ok(skips[1]! >= 3, `skipped ${skips[1]!}`);
    assert.equal(deadlines[1]! - deadlines[0]!, (skips[1]! + 1) * 10e6);
  });

  it('shifts the following deadlines once', async () => {
    const deadlines: number[] = [];
    await new Promise<void>((resolve) => {
      const stop = createTicker(addon, {
        periodNs: 5e6,
        onTick: (deadlineNs, _nowNs, skipped, shift) => {
          if (skipped > 0) deadlines.length = 0;
          deadlines.push(deadlineNs);
          if (deadlines.length === 2) shift(1.5e6);
          if (deadlines.length === 4) shift(-0.5e6);
          if (deadlines.length < 6) return;
          stop();
          resolve();
        },
      });
    });
    const steps = deadlines.slice(1).map((deadlineNs, i) => (deadlineNs - deadlines[i]!) / 1e6);
    assert.deepEqual(steps, [5, 6.5, 5, 4.5, 5]);
  });

  it('uses the time of the given clock', async () => {
    const clock = new MonotonicClock();
    const startNs = clock.nowNs();
    const [deadlineNs, nowNs] = await new Promise<[number, number]>((resolve) => {
      const stop = new NativeTicker(addon, clock).start(5e6, (deadline) => {
        stop();
        resolve([deadline, clock.nowNs()]);
      });
    });
    assert.ok(deadlineNs >= startNs + 5e6 - 1e4 && deadlineNs <= nowNs + 1e4, `${deadlineNs - startNs}`);
  });

  it('runs the microtasks of a tick before the next tick', async () => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      const stop = createTicker(addon, {
        periodNs: 1e6,
        onTick: () => {
          order.push('tick');
          void Promise.resolve().then(() => order.push('after'));
          if (order.length < 5) return;
          stop();
          resolve();
        },
      });
    });
    assert.deepEqual(order.slice(0, 4), ['tick', 'after', 'tick', 'after']);
  });

  it('turns an exception in a tick into an uncaught exception, as any timer does', async () => {
    const door = new URL('../../../src/addon/index.ts', import.meta.url).href;
    const script = `
      import { createTicker, loadAddon, PreciseClock } from '${door}';
      const { addon } = loadAddon();
      process.on('uncaughtException', ({ message }) => {
        console.log(message);
        if (message === 'alarm') process.exit();
        new PreciseClock(addon).setTimer(0, () => { throw new Error('alarm'); });
      });
      const stop = createTicker(addon, { periodNs: 1e6, onTick: () => { stop(); throw new Error('tick'); } });
    `;
    const words = ['--import', 'tsx', '--input-type=module', '--eval', script];
    const { stdout } = await promisify(execFile)(process.execPath, words);
    assert.equal(stdout, 'tick\nalarm\n');
  });

  it('can be stopped twice, before its first tick, and is collected with its process', () => {
    const stop = createTicker(addon, { periodNs: 1e9, onTick: () => assert.fail('stopped') });
    stop();
    stop();
    assert.throws(() => createTicker(addon, { periodNs: 1, onTick: () => undefined }), { code: 'E_CONFIG_VALUE' });
  });
});
