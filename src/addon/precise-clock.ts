import type { Cancel, Clock } from '../base/clock.ts';
import type { NativeAddon } from './native-addon.ts';

interface Appointment {
  readonly deadlineNs: number;
  readonly callback: () => void;
}

/** CLOCK_MONOTONIC with appointments kept to some ten microseconds: one kernel timer for all of them, the last 60 us waited in a loop. */
export class PreciseClock implements Clock {
  private readonly addon: NativeAddon;
  private readonly alarm: InstanceType<NativeAddon['NativeAlarm']>;
  /** By deadline, those of the same deadline in the order they were made. */
  private readonly appointments: Appointment[] = [];

  constructor(addon: NativeAddon) {
    this.addon = addon;
    this.alarm = new addon.NativeAlarm(() => {
      this.fire();
    });
  }

  nowNs(): number {
    return this.addon.monotonicNs();
  }

  at(deadlineNs: number, callback: () => void): Cancel {
    const { appointments } = this;
    const appointment = { deadlineNs, callback };
    let index = appointments.length;
    while (index > 0 && appointments[index - 1]!.deadlineNs > deadlineNs) index--;
    appointments.splice(index, 0, appointment);
    if (index === 0) this.arm();
    return () => {
      const found = appointments.indexOf(appointment);
      if (found < 0) return;
      appointments.splice(found, 1);
      if (found === 0) this.arm();
    };
  }

  /** Forgets every appointment; the clock still tells the time. */
  close(): void {
    this.appointments.length = 0;
    this.alarm.stop();
  }

  private arm(): void {
    const next = this.appointments[0];
    if (next === undefined) this.alarm.clear();
    else this.alarm.set(Math.max(1, next.deadlineNs));
  }

  /** One a call: what its callback appoints for the same time comes in order. */
  private fire(): void {
    const next = this.appointments.shift();
    this.arm();
    next?.callback();
  }
}
