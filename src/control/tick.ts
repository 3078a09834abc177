import { Observable } from 'rxjs';
import type { Cancel, Clock } from '../base/clock.ts';
import type { Lane } from './lane.ts';

/** The moment at which the line runs once. */
export interface Tick {
  readonly index: number;
  readonly deadlineNs: number;
  /** When the tick really began; its distance from the deadline is the lateness. */
  readonly startNs: number;
  /** Periods missed since the tick before. */
  readonly skipped: number;
}

/** What wakes the line: absolute deadlines on the monotonic clock. */
export interface Ticker {
  /** Calls `onTick` at every deadline that is not yet past; missed ones are skipped, never caught up. */
  start(periodNs: number, onTick: (deadlineNs: number, skipped: number) => void): Cancel;
}

/** A ticker over any clock's timers. */
export class ClockTicker implements Ticker {
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  start(periodNs: number, onTick: (deadlineNs: number, skipped: number) => void): Cancel {
    const { clock } = this;
    let deadlineNs = clock.nowNs() + periodNs;
    let skipped = 0;
    let cancel = clock.at(deadlineNs, fire);
    let stopped = false;
    function fire(): void {
      const due = deadlineNs;
      onTick(due, skipped);
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

/**
 * Real time: one tick a period. After a stall of more than a period what arrived meanwhile is read first, so that a line that was
 * late itself does not take its robot for silent.
 */
export function realTimeTicks(ticker: Ticker, clock: Clock, periodNs: number): Observable<Tick> {
  return new Observable((subscriber) => {
    let index = 0;
    let cancelLate: Cancel = () => undefined;
    const cancel = ticker.start(periodNs, (deadlineNs, skipped) => {
      cancelLate();
      const emit = (): void => {
        subscriber.next({ index: index++, deadlineNs, startNs: clock.nowNs(), skipped });
      };
      if (clock.nowNs() - deadlineNs <= periodNs) emit();
      else cancelLate = clock.at(clock.nowNs(), emit);
    });
    return () => {
      cancelLate();
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
          subscriber.next({ index: index++, deadlineNs: nowNs, startNs: nowNs, skipped: 0 });
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
    subscriber.next({ index: index++, deadlineNs: startNs, startNs, skipped: 0 });
    return () => {
      for (const subscription of subscriptions) subscription.unsubscribe();
    };
  });
}
