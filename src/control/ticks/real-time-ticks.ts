import { Observable, Subscription } from 'rxjs';
import type { Cancel, Clock } from '../../base/clock.ts';
import type { Driver } from '../../driver/port.ts';
import type { Reading } from '../../robot/reading.ts';
import { validReadingsOf } from '../driver-events.ts';
import { PhaseLock } from './phase-lock.ts';
import type { Tick, Ticker } from './tick.ts';
import { waitForReadings } from './wait-for-readings.ts';

type ReadingDriver = Pick<Driver, 'readings$' | 'scheduleReading'>;

export interface RealTimeTicksOptions {
  readonly ticker: Ticker;
  readonly clock: Clock;
  readonly periodNs: number;
  /** Drivers whose readings a tick waits for when they are due. */
  readonly drivers?: readonly ReadingDriver[];
}

/** Fraction of the period for which a tick waits for a reading that is due: without it the latest one is a period old. */
const MAX_WAIT_FRACTION = 0.6;
/** Fraction of the period for which a tick that is late still waits for a reading that is due. */
const LATE_TICK_WAIT_FRACTION = 0.1;

/**
 * Real time: one tick per period. A tick waits briefly for a reading that is due, and the ticks of a single robot follow the readings of
 * a driver that sends them at its own rate. After a stall of more than a period the readings that arrived meanwhile are received first:
 * after a late tick the driver must not be reported as timed out.
 */
export function realTimeTicks(options: RealTimeTicksOptions): Observable<Tick> {
  return new Observable((subscriber) => {
    const ticks = new RealTimeTicks(options, (tick) => subscriber.next(tick));
    return () => ticks.stop();
  });
}

class RealTimeTicks {
  private readonly clock: Clock;
  private readonly periodNs: number;
  private readonly drivers: readonly ReadingDriver[];
  /** Of each driver: the newest reading since the last tick began, or null. */
  private readonly unread: (Reading | null)[];
  private readonly readings = new Subscription();
  private readonly phaseLock: PhaseLock | null;
  private readonly onTick: (tick: Tick) => void;
  private readonly stopTicker: Cancel;
  private cancelWait: Cancel = () => undefined;
  private index = 0;
  /** Periods without a tick since the last one that began, including a tick that waits now: the next one may overtake it. */
  private missed = 0;
  /** By how much the deadlines are to move. */
  private shiftNs = 0;

  constructor({ ticker, clock, periodNs, drivers = [] }: RealTimeTicksOptions, onTick: (tick: Tick) => void) {
    this.clock = clock;
    this.periodNs = periodNs;
    this.drivers = drivers;
    this.onTick = onTick;
    this.unread = drivers.map(() => null);
    this.receiveReadings();
    // Several robots have a phase each, and a driver that is polled for readings follows the ticks.
    const follows = drivers.length === 1 && drivers[0]!.scheduleReading === undefined;
    this.phaseLock = follows ? new PhaseLock(periodNs) : null;
    this.stopTicker = ticker.start(periodNs, (deadlineNs, skipped, shift) => {
      this.onDeadline(deadlineNs, skipped);
      shift(this.shiftNs);
      this.shiftNs = 0;
    });
  }

  stop(): void {
    this.cancelWait();
    this.stopTicker();
    this.readings.unsubscribe();
  }

  private receiveReadings(): void {
    for (const [i, driver] of this.drivers.entries()) {
      this.readings.add(
        validReadingsOf(driver).subscribe({
          next: (reading) => {
            this.unread[i] = reading;
          },
          // The control loop subscribes to the same readings and ends with their error.
          error: () => undefined,
        }),
      );
    }
  }

  private onDeadline(deadlineNs: number, skippedNow: number): void {
    this.cancelWait();
    const { clock, periodNs } = this;
    const wakeNs = clock.nowNs();
    const overtookPrevious = this.missed > 0;
    const skipped = this.missed + skippedNow;
    this.missed = skipped + 1;
    const begin = (): void => {
      this.missed = 0;
      this.shiftNs += this.phaseLock?.onTick(deadlineNs, this.unread[0] ?? null) ?? 0;
      this.unread.fill(null);
      this.onTick({ index: this.index++, deadlineNs, wakeNs, startNs: clock.nowNs(), skipped });
    };
    const untilNs = Math.max(deadlineNs + MAX_WAIT_FRACTION * periodNs, wakeNs + LATE_TICK_WAIT_FRACTION * periodNs);
    const drivers = this.awaitedDrivers(deadlineNs, untilNs);
    // On a machine too busy to end a wait in time, every tick would overtake the previous one, and none would send a command.
    if (overtookPrevious) begin();
    else if (wakeNs - deadlineNs > periodNs) this.cancelWait = clock.setTimer(wakeNs, begin);
    else this.cancelWait = waitForReadings({ clock, drivers, untilNs }, begin);
  }

  /** Announces the tick to the drivers; returns those whose reading for it has not arrived yet. */
  private awaitedDrivers(deadlineNs: number, untilNs: number): readonly ReadingDriver[] {
    const isAwaited = (driver: ReadingDriver, i: number): boolean => {
      const unread = this.unread[i] ?? null;
      if (driver.scheduleReading === undefined) return this.phaseLock?.shouldWait(deadlineNs, unread) ?? false;
      const expectedNs = driver.scheduleReading(deadlineNs) ?? Infinity;
      return unread === null && expectedNs < untilNs;
    };
    return this.drivers.filter(isAwaited);
  }
}
