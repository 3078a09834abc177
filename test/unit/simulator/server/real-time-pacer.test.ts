import assert from 'node:assert/strict';
import { SimulatedClock, type Clock } from '../../../../src/base/clock.ts';
import { RealTimePacer } from '../../../../src/simulator/server/real-time-pacer.ts';

/** A clock of a busy thread: callbacks wait while it works, as on an event loop. */
class BusyClock implements Clock {
  private timeNs = 0;
  private readonly waiting: { deadlineNs: number; callback: () => void }[] = [];

  nowNs(): number {
    return this.timeNs;
  }

  setTimer(deadlineNs: number, callback: () => void): () => void {
    this.waiting.push({ deadlineNs, callback });
    return () => undefined;
  }

  work(forNs: number): void {
    this.timeNs += forNs;
  }

  runUntil(endNs: number): void {
    for (;;) {
      this.waiting.sort((a, b) => a.deadlineNs - b.deadlineNs);
      const next = this.waiting[0];
      if (!next || next.deadlineNs > endNs) return;
      this.waiting.shift();
      this.timeNs = Math.max(this.timeNs, next.deadlineNs);
      next.callback();
    }
  }
}

describe('the real-time pacer', () => {
  it('fires at absolute deadlines on its grid, and skips missed ones', () => {
    const clock = new BusyClock();
    const firedAtS: number[] = [];
    let skipped = 0;
    const pacer = new RealTimePacer(
      clock,
      () => {
        firedAtS.push(clock.nowNs() / 1e9);
        // The second period's work takes 3.4 periods.
        if (firedAtS.length === 2) clock.work(3.4e9);
      },
      (periods) => (skipped += periods),
    );
    pacer.start(1);
    clock.runUntil(8.5e9);
    // The third deadline is 2.4 periods late and is the only late call; the grid continues at 6.
    assert.deepEqual(firedAtS, [1, 2, 5.4, 6, 7, 8]);
    assert.equal(skipped, 2);
  });

  it('restarts one period from now, and does not fire when stopped', () => {
    const clock = new SimulatedClock();
    const firedAtS: number[] = [];
    const pacer = new RealTimePacer(
      clock,
      () => firedAtS.push(clock.nowNs() / 1e9),
      () => assert.fail('nothing was late'),
    );
    pacer.start(1);
    clock.advanceTo(1.75e9);
    pacer.start(0.5);
    clock.advanceTo(2.8e9);
    pacer.stop();
    pacer.stop();
    clock.advanceTo(9e9);
    assert.deepEqual(firedAtS, [1, 2.25, 2.75]);
  });
});
