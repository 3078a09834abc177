/** Limits the draw rate: draws at once when the last draw is older than the interval, otherwise at its end. The latest state is always drawn. */
export class Redraw {
  intervalMs: number;
  private readonly draw: () => void;
  private readonly nowMs: () => number;
  private lastMs = -Infinity;
  private timer: NodeJS.Timeout | null = null;

  constructor(draw: () => void, nowMs: () => number, intervalMs = 100) {
    this.draw = draw;
    this.nowMs = nowMs;
    this.intervalMs = intervalMs;
  }

  request(): void {
    if (this.timer !== null) return;
    const waitMs = this.lastMs + this.intervalMs - this.nowMs();
    if (waitMs <= 0) {
      this.now();
      return;
    }
    this.timer = setTimeout(() => {
      this.timer = null;
      this.now();
    }, waitMs);
    this.timer.unref();
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private now(): void {
    this.lastMs = this.nowMs();
    this.draw();
  }
}
