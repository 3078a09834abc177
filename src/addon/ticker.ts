import type { Cancel, Clock } from '../base/clock.ts';
import { SoftqdError } from '../base/errors.ts';
import type { NativeAddon } from './native-addon.ts';

export interface TickerOptions {
  /** Nanoseconds, 10 us to 10,000 s. */
  readonly periodNs: number;
  /**
   * Called at start + k period. Times in nanoseconds of CLOCK_MONOTONIC; `skipped` = periods missed since the call before:
   * after a late tick, missed ones are skipped, never caught up. `shift` moves the following deadlines by nanoseconds, less than a period.
   */
  readonly onTick: (deadlineNs: number, nowNs: number, skipped: number, shift: (byNs: number) => void) => void;
}

/** Absolute deadlines of the kernel (timerfd) on the event loop, until canceled. Throws E_CONFIG_VALUE for a period it cannot keep. */
export function createTicker(addon: NativeAddon, { periodNs, onTick }: TickerOptions): Cancel {
  try {
    const ticker = new addon.NativeTicker(periodNs, (deadlineNs, nowNs, skipped) => {
      onTick(deadlineNs, nowNs, skipped, shift);
    });
    const shift = (byNs: number): void => {
      if (Math.round(byNs) !== 0) ticker.shift(Math.round(byNs));
    };
    return () => {
      ticker.stop();
    };
  } catch (error) {
    throw new SoftqdError('E_CONFIG_VALUE', `ticker: ${(error as Error).message}`, { cause: error });
  }
}

/** The ticker of the control loop on timerfd, in the time of any clock that runs with CLOCK_MONOTONIC. */
export class NativeTicker {
  private readonly addon: NativeAddon;
  private readonly clock: Clock;

  constructor(addon: NativeAddon, clock: Clock) {
    this.addon = addon;
    this.clock = clock;
  }

  /** Calls `onTick` at every deadline that is not yet past, in the clock's time; missed ones are skipped, never caught up. */
  start(
    periodNs: number,
    onTick: (deadlineNs: number, skipped: number, shift: (byNs: number) => void) => void,
  ): Cancel {
    const originNs = this.origin();
    return createTicker(this.addon, {
      periodNs,
      onTick: (deadlineNs, _nowNs, skipped, shift) => onTick(deadlineNs - originNs, skipped, shift),
    });
  }

  /** CLOCK_MONOTONIC at time 0 of the clock: the closest of a few pairs of samples. */
  private origin(): number {
    let originNs = 0;
    let narrowest = Infinity;
    for (let i = 0; i < 16; i++) {
      const before = this.addon.monotonicNs();
      const own = this.clock.nowNs();
      const width = this.addon.monotonicNs() - before;
      if (width < narrowest) [narrowest, originNs] = [width, before + width / 2 - own];
    }
    return originNs;
  }
}
