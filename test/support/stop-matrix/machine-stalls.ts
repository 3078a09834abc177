import { monotonicNs } from './device.ts';

const PERIOD_MS = 2;

/** Records when this process did not get a processor: what a stop's time cannot be blamed for. */
export class MachineStalls {
  private readonly stalls: { readonly atNs: number; readonly lateS: number }[] = [];
  private readonly timer: NodeJS.Timeout;
  private lastNs = monotonicNs();

  constructor(minLateS: number) {
    this.timer = setInterval(() => {
      const atNs = monotonicNs();
      const lateS = (atNs - this.lastNs) / 1e9 - PERIOD_MS / 1e3;
      if (lateS > minLateS) this.stalls.push({ atNs, lateS });
      this.lastNs = atNs;
    }, PERIOD_MS);
  }

  /** The longest stall that overlaps this time, s. */
  longestS(fromNs: number, untilNs: number): number {
    const overlapping = this.stalls.filter(({ atNs, lateS }) => atNs >= fromNs && atNs - lateS * 1e9 <= untilNs);
    return Math.max(0, ...overlapping.map(({ lateS }) => lateS));
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
