import { Observable } from 'rxjs';
import type { Cancel, Clock } from '../base/clock.ts';
import type { Body } from '../body/port.ts';
import type { Reading } from '../robot/reading.ts';
import type { Lane } from './lane.ts';
import { PhaseLock } from './phase-lock.ts';
import { whenReadingsCame } from './when-readings-came.ts';

/** The moment at which the line runs once. */
export interface Tick {
  readonly index: number;
  readonly deadlineNs: number;
  /** When the line woke; its distance from the deadline is the lateness. */
  readonly wokeNs: number;
  /** When it began to act: later than it woke where it waited for a reading under way. */
  readonly startNs: number;
  /** Periods missed since the tick before. */
  readonly skipped: number;
}

/** What wakes the line: absolute deadlines on the monotonic clock. */
export interface Ticker {
  /** Calls `onTick` at every deadline that is not yet past; missed ones are skipped, never caught up. */
  start(periodNs: number, onTick: OnTick): Cancel;
}

/** `shift` moves the deadlines that follow by so many nanoseconds, less than a period. */
export type OnTick = (deadlineNs: number, skipped: number, shift: (byNs: number) => void) => void;

/** A ticker over any clock's timers. */
export class ClockTicker implements Ticker {
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  start(periodNs: number, onTick: OnTick): Cancel {
    const { clock } = this;
    let deadlineNs = clock.nowNs() + periodNs;
    let skipped = 0;
    let cancel = clock.at(deadlineNs, fire);
    let stopped = false;
    function fire(): void {
      let due = deadlineNs;
      onTick(deadlineNs, skipped, (byNs) => (due += byNs));
      if (stopped) return;
      // The next deadline in the future, on the same grid: a late tick skips, it never bursts.
      const missed = Math.max(0, Math.floor((clock.nowNs() - due) / periodNs));
      skipped = missed;
      deadlineNs = due + (missed + 1) * periodNs;
      cancel = clock.at(deadlineNs, fire);
    }
    return () => {
      stopped = true;
      cancel();
    };
  }
}

/** A lane as its ticks look at it. */
export interface AwaitingLane {
  readonly rooms: { readonly body: Pick<Body, 'readings$' | 'expectReading'> };
  /** Newest reading that no tick has taken yet. */
  readonly pending: Reading | null;
}

export interface RealTimeTicksOptions {
  readonly ticker: Ticker;
  readonly clock: Clock;
  readonly periodNs: number;
  /** Whose readings a tick waits for when they are under way. */
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
export function realTimeTicks({ ticker, clock, periodNs, lanes = [] }: RealTimeTicksOptions): Observable<Tick> {
  return new Observable((subscriber) => {
    const [lane] = lanes;
    const lock =
      lane !== undefined && lanes.length === 1 && lane.rooms.body.expectReading === undefined
        ? new PhaseLock(periodNs)
        : null;
    let index = 0;
    /** Ticks that the next one overtook while they waited. */
    let overtaken = 0;
    let waiting = false;
    let shiftNs = 0;
    let cancelWait: Cancel = () => undefined;
    const cancel = ticker.start(periodNs, (deadlineNs, skipped, shift) => {
      cancelWait();
      const wokeNs = clock.nowNs();
      const missed = skipped + overtaken + (waiting ? 1 : 0);
      overtaken = missed;
      waiting = true;
      const emit = (): void => {
        waiting = false;
        overtaken = 0;
        shiftNs += lock?.taken(deadlineNs, lane?.pending ?? null) ?? 0;
        subscriber.next({ index: index++, deadlineNs, wokeNs, startNs: clock.nowNs(), skipped: missed });
      };
      const untilNs = Math.max(deadlineNs + MOST_WAIT * periodNs, wokeNs + LATE_WAIT * periodNs);
      const isAwaited = ({ pending, rooms: { body } }: AwaitingLane): boolean => {
        if (body.expectReading === undefined) return lock?.isDue(deadlineNs, pending) ?? false;
        const expectedNs = body.expectReading(deadlineNs) ?? Infinity;
        return pending === null && expectedNs < untilNs;
      };
      const bodies = lanes.filter(isAwaited).map(({ rooms }) => rooms.body);
      if (wokeNs - deadlineNs > periodNs) cancelWait = clock.at(wokeNs, emit);
      else cancelWait = whenReadingsCame({ clock, bodies, untilNs }, emit);
      shift(shiftNs);
      shiftNs = 0;
    });
    return () => {
      cancelWait();
      cancel();
    };
  });
}

/** Simulated time that a lock-step line moves on itself. */
export interface MovableClock extends Clock {
  advanceTo(toNs: number): void;
}

/**
 * Lock-step: a first tick at once, for lanes that stand at the beginning of an episode or where a checkpoint left them; then one
 * as soon as every lane has answered its command. Each of those moves simulated time on by one period.
 */
export function lockStepTicks(lanes: readonly Lane[], clock: MovableClock, periodNs: number): Observable<Tick> {
  return new Observable((subscriber) => {
    let index = 0;
    const answered = lanes.map(() => false);
    const subscriptions = lanes.map((lane, i) =>
      lane.rooms.body.readings$.subscribe({
        next: () => {
          answered[i] = true;
          if (!answered.every(Boolean)) return;
          answered.fill(false);
          clock.advanceTo(clock.nowNs() + periodNs);
          const nowNs = clock.nowNs();
          subscriber.next({ index: index++, deadlineNs: nowNs, wokeNs: nowNs, startNs: nowNs, skipped: 0 });
        },
        error: (error: unknown) => {
          subscriber.error(error);
        },
        complete: () => {
          subscriber.complete();
        },
      }),
    );
    const startNs = clock.nowNs();
    subscriber.next({ index: index++, deadlineNs: startNs, wokeNs: startNs, startNs, skipped: 0 });
    return () => {
      for (const subscription of subscriptions) subscription.unsubscribe();
    };
  });
}
