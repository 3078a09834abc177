import type { CliIo, Output } from '../../../src/cli/output.ts';

/** An output that records what is written and whose size can be changed. */
class RecordingOutput implements Output {
  text = '';
  columns: number | null;
  rows: number | null;
  private readonly listeners: (() => void)[] = [];

  constructor(size: { columns: number; rows: number } | null = null) {
    this.columns = size?.columns ?? null;
    this.rows = size?.rows ?? null;
  }

  get isTerminal(): boolean {
    return this.columns !== null;
  }

  write(text: string): void {
    this.text += text;
  }

  onResize(listener: () => void): void {
    this.listeners.push(listener);
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    for (const listener of this.listeners) listener();
  }
}

export interface RecordingIo extends CliIo {
  readonly stdout: RecordingOutput;
  readonly stderr: RecordingOutput;
  now: number;
}

/** Records both outputs; the time changes only when a test sets it. */
export function recordingIo(
  size: { columns: number; rows: number } | null,
  env: Record<string, string> = {},
): RecordingIo {
  const io = {
    stdout: new RecordingOutput(size),
    stderr: new RecordingOutput(size),
    env,
    now: 0,
    nowMs: () => io.now,
  };
  return io;
}

/** The visible text: without colors and cursor movements. */
export function visible(text: string): string {
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '');
}
