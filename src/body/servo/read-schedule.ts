import { NS_PER_MS } from '../../base/clock.ts';

/** Added when a reading came too late for its command, taken away in thousandths when it did not: about one in a thousand is late. */
const LATER_NS = 0.3 * NS_PER_MS;
const EARLIER_NS = LATER_NS / 1000;
const FIRST_LEAD_NS = 1 * NS_PER_MS;
const LEAST_LEAD_NS = 0.1 * NS_PER_MS;
/** The grid of ticks is what the earliest commands show; it gives way slowly to later ones. */
const DRIFT = 0.02;
/** Part of the period that a reading may lie before its command. */
const MOST_LEAD = 0.5;

/**
 * When to read so that the reading is there just before the tick that wants it: ticks are learnt from the commands that follow them,
 * the lead from readings that came too late, the duration from the reads themselves. Without commands: once a period.
 */
export class ReadSchedule {
  private readonly periodNs: number;
  /** The command of some tick, as early as they come. */
  private anchorNs: number | null = null;
  private lastCommandNs = -Infinity;
  private leadNs = FIRST_LEAD_NS;
  private durationNs = 2 * NS_PER_MS;
  /** Begin of the newest read, and the command that it is for. */
  private startedNs = -Infinity;
  private servedNs = -Infinity;

  constructor(periodNs: number) {
    this.periodNs = periodNs;
  }

  /** How long before its command a reading is aimed to be there. */
  get lead(): number {
    return this.leadNs;
  }

  /** A command goes out; `fresh` = a reading has come since the one before. */
  commanded(nowNs: number, fresh: boolean): void {
    const { anchorNs, periodNs } = this;
    const isSteady = nowNs - this.lastCommandNs < 1.5 * periodNs;
    this.lastCommandNs = nowNs;
    if (anchorNs === null || !isSteady) {
      this.anchorNs = nowNs;
      return;
    }
    const expectedNs = anchorNs + Math.round((nowNs - anchorNs) / periodNs) * periodNs;
    const errorNs = nowNs - expectedNs;
    this.anchorNs = errorNs < 0 ? nowNs : expectedNs + DRIFT * errorNs;
    this.leadNs = fresh
      ? Math.max(LEAST_LEAD_NS, this.leadNs - EARLIER_NS)
      : Math.min(MOST_LEAD * periodNs, this.leadNs + LATER_NS);
  }

  began(nowNs: number): void {
    this.startedNs = nowNs;
    this.servedNs = this.isDriven(nowNs) ? this.nextCommandNs(nowNs) : -Infinity;
  }

  /** A read in which every servo answered took so long. */
  took(durationNs: number): void {
    // A high quantile: a longer one counts for much, a shorter one for little.
    this.durationNs += (durationNs - this.durationNs) * (durationNs > this.durationNs ? 0.2 : 0.01);
  }

  /** When the next read begins; not before now. */
  nextNs(nowNs: number): number {
    if (!this.isDriven(nowNs)) return Math.max(nowNs, this.startedNs + this.periodNs);
    let commandNs = this.nextCommandNs(nowNs);
    if (commandNs - this.servedNs < this.periodNs / 2) commandNs += this.periodNs;
    return Math.max(nowNs, commandNs - this.leadNs - this.durationNs);
  }

  /** Commands come: within the last three periods there was one. */
  isDriven(nowNs: number): boolean {
    return this.anchorNs !== null && nowNs - this.lastCommandNs < 3 * this.periodNs;
  }

  /** The first expected command after `nowNs`, in the grid of those before. */
  private nextCommandNs(nowNs: number): number {
    const anchorNs = this.anchorNs ?? nowNs;
    // A read that begins at the very end of a period is for the command after that.
    return anchorNs + Math.ceil((nowNs - anchorNs + this.durationNs / 2) / this.periodNs) * this.periodNs;
  }
}
