import type { Cancel, Clock } from '../base/clock.ts';
import type { NativeAddon } from './native-addon.ts';

interface Timer {
  readonly deadlineNs: number;
  readonly callback: () => void;
}

/** CLOCK_MONOTONIC with appointments kept to some ten microseconds: one kernel timer for all of them, the last 60 us waited in a loop. */
export class PreciseClock implements Clock {
  private readonly addon: NativeAddon;
  private readonly alarm: InstanceType<NativeAddon['NativeTimer']>;
  /** By deadline, those of the same deadline in the order they were made. */
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

  /** Forgets every appointment; the clock still tells the time. */
  close(): void {
    this.timers.length = 0;
    this.alarm.stop();
  }

  private armTimer(): void {
    const next = this.timers[0];
    if (next === undefined) this.alarm.clear();
    else this.alarm.set(Math.max(1, next.deadlineNs));
  }

  /** One a call: what its callback appoints for the same time comes in order. */
  private fire(): void {
    const next = this.timers.shift();
    this.armTimer();
    next?.callback();
  }
}
