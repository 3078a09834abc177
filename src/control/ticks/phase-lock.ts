import type { Reading } from '../../robot/reading.ts';

/** Fraction of the period by which one tick may move: the rate stays within one percent. */
const MAX_SHIFT_FRACTION = 0.01;
/** Fraction of the distance to its reading that each tick closes. */
const PHASE_GAIN = 0.05;
/** Within this fraction of the period the ticks seek the phase at which LATE_FRACTION of the readings arrive after them. */
const LOCK_RANGE_FRACTION = 0.1;
/** Fraction of the ticks that may wait for their reading: ticks after the latest possible arrival would make every reading older. */
const LATE_FRACTION = 0.05;
/** Fraction of the period by which one late reading moves the ticks, less LATE_FRACTION of it; readings in time move them back. */
const STEP = 0.01;
/** Readings have a steady phase when their distance to the ticks changes by less than this fraction of their interval, LOCK_READINGS times in a row. */
const JITTER_FRACTION = 0.2;
const LOCK_READINGS = 10;
/** Fraction by which the measured interval follows the newest one. */
const INTERVAL_GAIN = 0.1;

/**
 * Keeps the ticks shortly after the readings of a driver that sends them at its own rate, as a phase-locked loop does: unsynchronized, a
 * reading is up to a period old when the loop uses it, and sometimes none or two arrive between two ticks. Readings without a steady
 * phase (another rate) do not move the ticks.
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

  /** The tick of this time used `reading`; null: no new one. Returns by how much the following deadlines should move, nanoseconds. */
  onTick(deadlineNs: number, reading: Reading | null): number {
    if (reading === null) {
      this.steady = Math.max(0, this.steady - 2);
      return 0;
    }
    this.measureInterval(reading);
    const { periodNs, intervalNs } = this;
    const lagNs = deadlineNs - reading.arrivalNs;
    // A tick just before the next reading is early for that one, not late for this one.
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
