import { LatenessHistogram, type ClosedTick } from '../../control/index.ts';
import type { Reading } from '../../robot/reading.ts';

/** What a real-time run counts, from the ticks of its loop. */
export class LoopStatistics {
  readonly lateness = new LatenessHistogram();
  transitions = 0;
  /** Ticks for which no new reading had arrived: the loop acted on the one before. */
  ticksWithoutNewReading = 0;
  /** Of the newest finished episode. */
  lastReturn: number | null = null;
  private episodeReturn = 0;
  private latestReading: Reading | null = null;

  received({ tick, steps: [step] }: ClosedTick): void {
    const { reading, transition, end } = step!;
    if (reading === this.latestReading) this.ticksWithoutNewReading += 1;
    this.latestReading = reading;
    this.lateness.add(tick.wakeNs - tick.deadlineNs);
    this.lateness.skipped += tick.skipped;
    if (transition === null) return;
    this.transitions += 1;
    this.episodeReturn += transition.reward;
    if (end === null) return;
    this.lastReturn = this.episodeReturn;
    this.episodeReturn = 0;
  }

  /** An episode that was interrupted by a lost connection does not count. */
  episodeStarted(): void {
    this.episodeReturn = 0;
  }
}
