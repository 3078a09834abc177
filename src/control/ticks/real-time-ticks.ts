import { Observable } from 'rxjs';
import type { Cancel, Clock } from '../../base/clock.ts';
import type { Driver } from '../../driver/port.ts';
import type { Reading } from '../../robot/reading.ts';
import { PhaseLock } from './phase-lock.ts';
import type { Tick, Ticker } from './tick.ts';
import { waitForReadings } from './wait-for-readings.ts';

type ReadingDriver = Pick<Driver, 'readings$' | 'scheduleReading'>;

/** A lane as its ticks look at it. */
export interface ReadingSource {
  readonly components: { readonly driver: ReadingDriver };
  /** Newest reading that no tick has taken yet. */
  readonly pendingReading: Reading | null;
}

export interface RealTimeTicksOptions {
  readonly ticker: Ticker;
  readonly clock: Clock;
  readonly periodNs: number;
  /** Whose readings a tick waits for when they are due. */
  readonly instances?: readonly ReadingSource[];
}

/** Part of the period for which a tick waits for a reading that is due: what it would see else is a period old. */
const MAX_WAIT_FRACTION = 0.6;
/** A tick that is late itself still looks for so long, as part of the period, whether what it waits for has come. */
const LATE_TICK_WAIT_FRACTION = 0.1;

/**
 * Real time: one tick a period. A tick waits a little for a reading that is due, and the ticks of a lane alone keep close behind the
 * readings of a body that has a pace of its own. After a stall of more than a period what arrived meanwhile is read first, so that a line
 * that was late itself does not take its robot for silent.
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
  private readonly instances: readonly ReadingSource[];
  private readonly phaseLock: PhaseLock | null;
  private readonly onTick: (tick: Tick) => void;
  private readonly stopTicker: Cancel;
  private cancelWait: Cancel = () => undefined;
  private index = 0;
  /** Periods without a tick since the last one that began; while one waits, with it: the next one may overtake it. */
  private missed = 0;
  /** By how much the deadlines are to move. */
  private shiftNs = 0;

  constructor({ ticker, clock, periodNs, instances = [] }: RealTimeTicksOptions, onTick: (tick: Tick) => void) {
    this.clock = clock;
    this.periodNs = periodNs;
    this.instances = instances;
    this.onTick = onTick;
    // Several robots have a phase each, and one that is asked for its readings follows the ticks.
    const follows = instances.length === 1 && instances[0]!.components.driver.scheduleReading === undefined;
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
      this.shiftNs += this.phaseLock?.onTick(deadlineNs, this.instances[0]!.pendingReading) ?? 0;
      this.onTick({ index: this.index++, deadlineNs, wakeNs, startNs: clock.nowNs(), skipped });
    };
    const untilNs = Math.max(deadlineNs + MAX_WAIT_FRACTION * periodNs, wakeNs + LATE_TICK_WAIT_FRACTION * periodNs);
    const drivers = this.pendingSources(deadlineNs, untilNs);
    // On a machine that is too busy even to end a wait in time every tick would overtake the one before, and none would act.
    if (overtookPrevious) begin();
    else if (wakeNs - deadlineNs > periodNs) this.cancelWait = clock.setTimer(wakeNs, begin);
    else this.cancelWait = waitForReadings({ clock, drivers, untilNs }, begin);
  }

  /** Tells the bodies of the tick; those whose reading for it is still to come. */
  private pendingSources(deadlineNs: number, untilNs: number): readonly ReadingDriver[] {
    const isAwaited = ({ pendingReading, components: { driver } }: ReadingSource): boolean => {
      if (driver.scheduleReading === undefined) return this.phaseLock?.shouldWait(deadlineNs, pendingReading) ?? false;
      const expectedNs = driver.scheduleReading(deadlineNs) ?? Infinity;
      return pendingReading === null && expectedNs < untilNs;
    };
    return this.instances.filter(isAwaited).map(({ components }) => components.driver);
  }
}
