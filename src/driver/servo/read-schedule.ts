import { NS_PER_MS } from '../../base/clock.ts';

const INITIAL_LEAD_NS = 3 * NS_PER_MS;
/** Largest lead as a fraction of the period. */
const MAX_LEAD_FRACTION = 0.8;
/** Fraction of ticks that may wait for their reading: a lead that covers the slowest reads would make every reading older. */
const LATE_FRACTION = 0.1;
/** A late reading adds (1 - LATE_FRACTION) steps to the lead, one in time subtracts LATE_FRACTION. The initial step halves every 70 reads. */
const STEP_NS = 0.02 * NS_PER_MS;
const INITIAL_STEP_NS = 0.3 * NS_PER_MS;
const STEP_DECAY = 0.99;
/** Without a tick for this many periods the control loop has ended or pauses. */
const MAX_TICK_GAP_PERIODS = 3;

/**
 * When to read so that the reading arrives just before the control loop's tick. The lead is the quantile of the read durations that leaves
 * LATE_FRACTION above it (Robbins and Monro 1951); the tick waits for those. Without ticks there is one read per period.
 */
export class ReadSchedule {
  private readonly periodNs: number;
  /** Time of the newest tick. */
  private tickNs = -Infinity;
  private leadNs: number;
  private firstStepNs = INITIAL_STEP_NS;
  /** Start of the newest read, and its tick. */
  private startedNs = -Infinity;
  private targetTickNs = -Infinity;

  constructor(periodNs: number) {
    this.periodNs = periodNs;
    this.leadNs = Math.min(INITIAL_LEAD_NS, MAX_LEAD_FRACTION * periodNs);
  }

  /** Time from the start of a read to its tick, in ns. */
  get lead(): number {
    return this.leadNs;
  }

  /** Call at the start of the tick of this time. */
  onTick(deadlineNs: number): void {
    this.tickNs = deadlineNs;
  }

  readStarted(nowNs: number): void {
    this.startedNs = nowNs;
    this.targetTickNs = this.hasTicks(nowNs) ? this.nextTickNs(nowNs) : -Infinity;
  }

  /** The newest read has ended: its last reply has arrived, or its timeout is over. */
  readFinished(nowNs: number): void {
    if (this.targetTickNs === -Infinity) return;
    const isLate = nowNs > this.targetTickNs;
    const stepNs = STEP_NS + this.firstStepNs;
    this.firstStepNs *= STEP_DECAY;
    const change = isLate ? stepNs * (1 - LATE_FRACTION) : -stepNs * LATE_FRACTION;
    this.leadNs = Math.max(0, Math.min(MAX_LEAD_FRACTION * this.periodNs, this.leadNs + change));
  }

  /** Start of the next read; not before now. */
  nextNs(nowNs: number): number {
    if (!this.hasTicks(nowNs)) return Math.max(nowNs, this.startedNs + this.periodNs);
    let tickNs = this.nextTickNs(nowNs);
    if (tickNs - this.targetTickNs < this.periodNs / 2) tickNs += this.periodNs;
    return Math.max(nowNs, tickNs - this.leadNs);
  }

  /** Whether the control loop is running. */
  hasTicks(nowNs: number): boolean {
    return nowNs - this.tickNs < MAX_TICK_GAP_PERIODS * this.periodNs;
  }

  /** The first tick that a read started at `nowNs` can serve. */
  private nextTickNs(nowNs: number): number {
    return this.tickNs + Math.ceil((nowNs - this.tickNs + this.leadNs / 2) / this.periodNs) * this.periodNs;
  }
}
