type LogLevel = 'debug' | 'info' | 'warning' | 'error';

/** Log lines for the user of the daemon. Events per frame are counters, not log lines. */
export interface Logger {
  debug(message: string, values?: Readonly<Record<string, unknown>>): void;
  info(message: string, values?: Readonly<Record<string, unknown>>): void;
  warning(message: string, values?: Readonly<Record<string, unknown>>): void;
  error(message: string, values?: Readonly<Record<string, unknown>>): void;
}

export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warning: () => undefined,
  error: () => undefined,
};

export interface RecordedLogEntry {
  readonly level: LogLevel;
  readonly message: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Keeps the newest lines (1000 at most) for tests. */
export class RecordingLogger implements Logger {
  readonly entries: RecordedLogEntry[] = [];

  debug(message: string, values: Readonly<Record<string, unknown>> = {}): void {
    this.add({ level: 'debug', message, values });
  }
  info(message: string, values: Readonly<Record<string, unknown>> = {}): void {
    this.add({ level: 'info', message, values });
  }
  warning(message: string, values: Readonly<Record<string, unknown>> = {}): void {
    this.add({ level: 'warning', message, values });
  }
  error(message: string, values: Readonly<Record<string, unknown>> = {}): void {
    this.add({ level: 'error', message, values });
  }

  private add(line: RecordedLogEntry): void {
    this.entries.push(line);
    if (this.entries.length > 1000) this.entries.shift();
  }
}
