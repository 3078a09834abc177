import assert from 'node:assert/strict';
import { type NativeAddon, openPseudoTerminal, PreciseClock } from '../../../src/addon/index.ts';
import { requireAddon } from '../../support/addon.ts';

describe('the precise clock', () => {
  let addon: NativeAddon;
  let clock: PreciseClock;
  before(function () {
    ({ addon } = requireAddon(this));
  });
  beforeEach(() => {
    clock = new PreciseClock(addon);
  });
  afterEach(() => {
    clock.close();
  });

  it('runs callbacks in the order of their deadlines, none early', async () => {
    const startNs = clock.nowNs();
    const kept: [number, number][] = [];
    await new Promise<void>((resolve) => {
      for (const ms of [7, 2, 2, 5, 0]) {
        clock.setTimer(startNs + ms * 1e6, () => {
          kept.push([ms, clock.nowNs()]);
          if (kept.length === 5) resolve();
        });
      }
    });
    assert.deepEqual(
      kept.map(([ms]) => ms),
      [0, 2, 2, 5, 7],
    );
    for (const [ms, nowNs] of kept)
      assert.ok(nowNs >= startNs + ms * 1e6, `${ms} ms came ${startNs + ms * 1e6 - nowNs} ns early`);
  });

  it('runs timers set in a callback, and not canceled ones', async () => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      const now = clock.nowNs();
      const cancel = clock.setTimer(now + 3e6, () => order.push('canceled'));
      clock.setTimer(now + 1e6, () => {
        order.push('first');
        cancel();
        cancel();
        clock.setTimer(now, () => order.push('late already'));
        clock.setTimer(now + 4e6, resolve);
      });
    });
    assert.deepEqual(order, ['first', 'late already']);
  });

  it('does not call after it is closed', async () => {
    let called = false;
    clock.setTimer(clock.nowNs() + 1e6, () => (called = true));
    clock.close();
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(called, false);
  });
});

describe('the speed of a pseudo-terminal', () => {
  it('is the one that either end has set', function () {
    requireAddon(this);
    const terminal = openPseudoTerminal();
    try {
      for (const speed of [1_000_000, 76_800, 57_600]) {
        terminal.setBaudRate(speed);
        assert.equal(terminal.baudRate(), speed);
      }
    } finally {
      terminal.close();
    }
    assert.equal(terminal.baudRate(), 0);
  });
});
