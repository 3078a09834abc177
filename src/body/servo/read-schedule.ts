import { NS_PER_MS } from '../../base/clock.ts';

const FIRST_LEAD_NS = 3 * NS_PER_MS;
/** Left between reading and command at least: less counts as late. */
const LEAST_SLACK_NS = 0.05 * NS_PER_MS;
/** How many readings may come late: a lead that the slowest read of all fits into would make every reading older for its sake. */
const LATE_PART = 0.015;
/** What one late reading moves the lead by; the readings in time bring it back. */
const STEP_NS = 0.2 * NS_PER_MS;
/** A reading that waits longer than this for its command shows a lead that is too long, and pulls it down faster. */
const LONG_SLACK_NS = 1 * NS_PER_MS;
/** The lead is found in this many steps of so many commands each, then followed. */
const FIRST_WINDOW = 64;
const FIRST_WINDOWS = 8;
/** The grid of ticks is what the earliest commands show; it gives way slowly to later ones. */
const DRIFT = 0.02;
/** Part of the period by which a read may begin before its command. */
const MOST_LEAD = 0.8;

/**
 * When to read so that the reading is there just before the tick that wants it: ticks are learnt from the commands that follow them,
 * the lead from how long the readings then wait, and from those that come too late. Without commands: once a period.
 */
export class ReadSchedule {
  private readonly periodNs: number;
  /** The command of some tick, as early as they come. */
  private anchorNs: number | null = null;
  private lastCommandNs = -Infinity;
  private leadNs: number;
  private slackNs = Infinity;
  private commands = 0;
  private windows = 0;
  /** Begin of the newest read, and the command that it is for. */
  private startedNs = -Infinity;
  private servedNs = -Infinity;

  constructor(periodNs: number) {
    this.periodNs = periodNs;
    this.leadNs = Math.min(FIRST_LEAD_NS, MOST_LEAD * periodNs);
  }

  /** How long before its command a read begins. */
  get lead(): number {
    return this.leadNs;
  }

  /** A command goes out; its reading came `slackNs` before, or none has come since the command before (null). */
  commanded(nowNs: number, slackNs: number | null): void {
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
    this.correct(slackNs);
  }

  began(nowNs: number): void {
    this.startedNs = nowNs;
    this.servedNs = this.isDriven(nowNs) ? this.nextCommandNs(nowNs) : -Infinity;
  }

  /** When the next read begins; not before now. */
  nextNs(nowNs: number): number {
    if (!this.isDriven(nowNs)) return Math.max(nowNs, this.startedNs + this.periodNs);
    let commandNs = this.nextCommandNs(nowNs);
    if (commandNs - this.servedNs < this.periodNs / 2) commandNs += this.periodNs;
    return Math.max(nowNs, commandNs - this.leadNs);
  }

  /** Commands come: within the last three periods there was one. */
  isDriven(nowNs: number): boolean {
    return this.anchorNs !== null && nowNs - this.lastCommandNs < 3 * this.periodNs;
  }

  /** Half of what is left too long at first; then the quantile of the reads' durations that LATE_PART leaves outside (Robbins and Monro 1951). */
  private correct(slackNs: number | null): void {
    const isLate = slackNs === null || slackNs < LEAST_SLACK_NS;
    if (isLate) this.leadNs = Math.min(MOST_LEAD * this.periodNs, this.leadNs + STEP_NS);
    if (this.windows >= FIRST_WINDOWS) {
      this.leadNs -= STEP_NS * LATE_PART + Math.max(0, (slackNs ?? 0) - LONG_SLACK_NS) / FIRST_WINDOW;
      return;
    }
    this.slackNs = Math.min(this.slackNs, slackNs ?? 0);
    if (++this.commands < FIRST_WINDOW) return;
    this.leadNs -= Math.max(0, this.slackNs - LEAST_SLACK_NS) / 2;
    this.slackNs = Infinity;
    this.commands = 0;
    this.windows++;
  }

  /** The first expected command for which a read that begins at `nowNs` may still be in time. */
  private nextCommandNs(nowNs: number): number {
    const anchorNs = this.anchorNs ?? nowNs;
    return anchorNs + Math.ceil((nowNs - anchorNs + this.leadNs / 2) / this.periodNs) * this.periodNs;
  }
}
