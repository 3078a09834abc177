/** Metrics of the control loop: counters, which never decrease, and gauges, which have the newest value. */
export interface Telemetry {
  count(name: string, by?: number): void;
  gauge(name: string, value: number): void;
}

/** The telemetry of one process, readable as a snapshot by the page, the log and the terminal. */
export class MemoryTelemetry implements Telemetry {
  readonly counters = new Map<string, number>();
  readonly gauges = new Map<string, number>();

  count(name: string, by = 1): void {
    this.counters.set(name, (this.counters.get(name) ?? 0) + by);
  }

  gauge(name: string, value: number): void {
    this.gauges.set(name, value);
  }
}
