import type { Cancel, Clock } from '../base/clock.ts';
import type { NativeAddon } from './native-addon.ts';

interface Timer {
  readonly deadlineNs: number;
  readonly callback: () => void;
}

/** CLOCK_MONOTONIC with timers accurate to about ten microseconds: one kernel timer for all, and a busy loop for the last 60 us. */
export class PreciseClock implements Clock {
  private readonly addon: NativeAddon;
  private readonly alarm: InstanceType<NativeAddon['NativeTimer']>;
  /** Sorted by deadline; equal deadlines in the order of their calls. */
  private readonly timers: Timer[] = [];

  constructor(addon: NativeAddon) {
    this.addon = addon;
    this.alarm = new addon.NativeTimer(() => {
      this.fire();
    });
  }

  nowNs(): number {
    return this.addon.monotonicNs();
  }

  setTimer(deadlineNs: number, callback: () => void): Cancel {
    const { timers } = this;
    const appointment = { deadlineNs, callback };
    let index = timers.length;
    while (index > 0 && timers[index - 1]!.deadlineNs > deadlineNs) index--;
    timers.splice(index, 0, appointment);
    if (index === 0) this.armTimer();
    return () => {
      const found = timers.indexOf(appointment);
      if (found < 0) return;
      timers.splice(found, 1);
      if (found === 0) this.armTimer();
    };
  }

  /** Cancels all timers; `now` still works. */
  close(): void {
    this.timers.length = 0;
    this.alarm.stop();
  }

  private armTimer(): void {
    const next = this.timers[0];
    if (next === undefined) this.alarm.clear();
    else this.alarm.set(Math.max(1, next.deadlineNs));
  }

  /** Runs one callback per call, so that a timer set by it for the same time runs in order. */
  private fire(): void {
    const next = this.timers.shift();
    this.armTimer();
    next?.callback();
  }
}
