import type { Reading } from '../../robot/reading.ts';

/** Part of the period by which one tick may be moved: the rate stays true to a hundredth. */
const MAX_SHIFT_FRACTION = 0.01;
/** Of the distance to the reading that it keeps behind, each tick closes this part. */
const PHASE_GAIN = 0.05;
/** Closer than this part of the period, the ticks look for the place where LATE_PART of the readings come after them. */
const LOCK_RANGE_FRACTION = 0.1;
/** How many ticks may wait for their reading: to be later than the latest reading would make every reading older for its sake. */
const LATE_FRACTION = 0.05;
/** What one late reading moves the ticks by, as part of the period, less LATE_PART of it; those in time bring them back. */
const STEP = 0.01;
/** Readings have a phase when their distance to the ticks changes by less than this part of their interval, so often in a row. */
const JITTER_FRACTION = 0.2;
const LOCK_READINGS = 10;
/** The readings' interval follows the newest one by this part. */
const INTERVAL_GAIN = 0.1;

/**
 * Keeps the ticks of a line just behind the readings of a body that sends them at a pace of its own, as a phase-locked loop does:
 * unsynchronised, a reading is up to a period old when the line takes it, and at times none or two fall between two ticks. Readings
 * without a steady phase (another rate) leave the ticks where they are.
 */
export class PhaseLock {
  private readonly periodNs: number;
  private newest: Reading | null = null;
  /** Between two readings. */
  private intervalNs: number;
  private phaseNs = NaN;
  private steady = 0;

  constructor(periodNs: number) {
    this.periodNs = periodNs;
    this.intervalNs = periodNs;
  }

  /** Whether the tick of this time should wait for a reading newer than `pending`. */
  shouldWait(deadlineNs: number, pending: Reading | null): boolean {
    if (this.steady < LOCK_READINGS) return false;
    return pending === null || deadlineNs - pending.arrivalNs > this.intervalNs / 2;
  }

  /** The tick of this time has taken `reading`, null: no new one. Returns by how much the deadlines that follow should move, nanoseconds. */
  onTick(deadlineNs: number, reading: Reading | null): number {
    if (reading === null) {
      this.steady = Math.max(0, this.steady - 2);
      return 0;
    }
    this.measureInterval(reading);
    const { periodNs, intervalNs } = this;
    const lagNs = deadlineNs - reading.arrivalNs;
    // Just before the next reading is just too early for it, not late for this one.
    const phaseNs = lagNs - intervalNs * Math.round(lagNs / intervalNs);
    const changedNs = Math.abs(phaseNs - this.phaseNs);
    this.phaseNs = phaseNs;
    const isSteady = Math.min(changedNs, Math.abs(changedNs - intervalNs)) < JITTER_FRACTION * intervalNs;
    this.steady = isSteady ? Math.min(2 * LOCK_READINGS, this.steady + 1) : Math.max(0, this.steady - 2);
    if (this.steady < LOCK_READINGS) return 0;
    const distanceNs = Math.abs(phaseNs);
    if (distanceNs > LOCK_RANGE_FRACTION * periodNs) {
      const shiftNs = Math.min(MAX_SHIFT_FRACTION * periodNs, PHASE_GAIN * distanceNs);
      return phaseNs < 0 ? shiftNs : -shiftNs;
    }
    return STEP * periodNs * (phaseNs < 0 ? 1 - LATE_FRACTION : -LATE_FRACTION);
  }

  private measureInterval(reading: Reading): void {
    const { newest } = this;
    this.newest = reading;
    if (newest === null || reading.sequence <= newest.sequence) return;
    const intervalNs = (reading.arrivalNs - newest.arrivalNs) / (reading.sequence - newest.sequence);
    if (intervalNs > 0) this.intervalNs += INTERVAL_GAIN * (Math.min(intervalNs, 2 * this.periodNs) - this.intervalNs);
  }
}
