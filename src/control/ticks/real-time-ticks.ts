import { Observable } from 'rxjs';
import type { Cancel, Clock } from '../../base/clock.ts';
import type { Body } from '../../driver/port.ts';
import type { Reading } from '../../robot/reading.ts';
import { PhaseLock } from './phase-lock.ts';
import type { Tick, Ticker } from './tick.ts';
import { whenReadingsCame } from './wait-for-readings.ts';

type AwaitedBody = Pick<Body, 'readings$' | 'expectReading'>;

/** A lane as its ticks look at it. */
export interface AwaitingLane {
  readonly rooms: { readonly body: AwaitedBody };
  /** Newest reading that no tick has taken yet. */
  readonly pending: Reading | null;
}

export interface RealTimeTicksOptions {
  readonly ticker: Ticker;
  readonly clock: Clock;
  readonly periodNs: number;
  /** Whose readings a tick waits for when they are due. */
  readonly lanes?: readonly AwaitingLane[];
}

/** Part of the period for which a tick waits for a reading that is due: what it would see else is a period old. */
const MOST_WAIT = 0.6;
/** A tick that is late itself still looks for so long, as part of the period, whether what it waits for has come. */
const LATE_WAIT = 0.1;

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
  private readonly lanes: readonly AwaitingLane[];
  private readonly lock: PhaseLock | null;
  private readonly onTick: (tick: Tick) => void;
  private readonly stopTicker: Cancel;
  private cancelWait: Cancel = () => undefined;
  private index = 0;
  /** Periods without a tick since the last one that began; while one waits, with it: the next one may overtake it. */
  private missed = 0;
  /** By how much the deadlines are to move. */
  private shiftNs = 0;

  constructor({ ticker, clock, periodNs, lanes = [] }: RealTimeTicksOptions, onTick: (tick: Tick) => void) {
    this.clock = clock;
    this.periodNs = periodNs;
    this.lanes = lanes;
    this.onTick = onTick;
    // Several robots have a phase each, and one that is asked for its readings follows the ticks.
    const follows = lanes.length === 1 && lanes[0]!.rooms.body.expectReading === undefined;
    this.lock = follows ? new PhaseLock(periodNs) : null;
    this.stopTicker = ticker.start(periodNs, (deadlineNs, skipped, shift) => {
      this.wake(deadlineNs, skipped);
      shift(this.shiftNs);
      this.shiftNs = 0;
    });
  }

  stop(): void {
    this.cancelWait();
    this.stopTicker();
  }

  private wake(deadlineNs: number, skippedNow: number): void {
    this.cancelWait();
    const { clock, periodNs } = this;
    const wokeNs = clock.nowNs();
    const overtook = this.missed > 0;
    const skipped = this.missed + skippedNow;
    this.missed = skipped + 1;
    const begin = (): void => {
      this.missed = 0;
      this.shiftNs += this.lock?.taken(deadlineNs, this.lanes[0]!.pending) ?? 0;
      this.onTick({ index: this.index++, deadlineNs, wokeNs, startNs: clock.nowNs(), skipped });
    };
    const untilNs = Math.max(deadlineNs + MOST_WAIT * periodNs, wokeNs + LATE_WAIT * periodNs);
    const bodies = this.awaited(deadlineNs, untilNs);
    // On a machine that is too busy even to end a wait in time every tick would overtake the one before, and none would act.
    if (overtook) begin();
    else if (wokeNs - deadlineNs > periodNs) this.cancelWait = clock.at(wokeNs, begin);
    else this.cancelWait = whenReadingsCame({ clock, bodies, untilNs }, begin);
  }

  /** Tells the bodies of the tick; those whose reading for it is still to come. */
  private awaited(deadlineNs: number, untilNs: number): readonly AwaitedBody[] {
    const isAwaited = ({ pending, rooms: { body } }: AwaitingLane): boolean => {
      if (body.expectReading === undefined) return this.lock?.isDue(deadlineNs, pending) ?? false;
      const expectedNs = body.expectReading(deadlineNs) ?? Infinity;
      return pending === null && expectedNs < untilNs;
    };
    return this.lanes.filter(isAwaited).map(({ rooms }) => rooms.body);
  }
}
