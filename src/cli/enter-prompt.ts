import { SoftqdError } from '../base/errors.ts';
import { listenToKeys } from './key-input.ts';
import type { InputStream } from './output.ts';

/** Maximum number of lines that are queued before a prompt; more are dropped. */
const MAX_QUEUED_LINES = 64;

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Waits for Enter on a stream. Reading begins with the first question. A terminal is read key by key until `close`: typed characters must
 * not be echoed into lines that are rewritten in place.
 */
export class EnterPrompt {
  private readonly stream: InputStream | undefined;
  private queuedLines = 0;
  private ended: boolean;
  private reading = false;
  private waiter: Waiter | null = null;
  private restoreTerminal: () => void = () => undefined;

  constructor(stream: InputStream | undefined) {
    this.stream = stream;
    this.ended = stream === undefined;
  }

  /**
   * Resolves at the next Enter. On a terminal only one after the question counts; from a pipe a line that was written before it counts,
   * too. Rejects with the signal's reason, or with E_USAGE at the end of the input.
   */
  waitForEnter(signal: AbortSignal): Promise<void> {
    this.startReading();
    if (this.stream?.isTTY === true) this.queuedLines = 0;
    return new Promise<void>((resolve, reject) => {
      const settle = (finish: () => void): void => {
        this.waiter = null;
        signal.removeEventListener('abort', onAbort);
        finish();
      };
      const onAbort = (): void => settle(() => reject(signal.reason as Error));
      this.waiter = { resolve: () => settle(resolve), reject: (error) => settle(() => reject(error)) };
      if (signal.aborted) {
        onAbort();
        return;
      }
      signal.addEventListener('abort', onAbort, { once: true });
      this.deliver();
    });
  }

  /** Restores the terminal and stops reading. */
  close(): void {
    this.restoreTerminal();
    this.stream?.off('data', this.onData).off('end', this.onEnd).off('error', this.onEnd);
    this.stream?.pause();
  }

  private startReading(): void {
    const { stream } = this;
    if (this.reading || stream === undefined) return;
    this.reading = true;
    stream.on('end', this.onEnd).on('error', this.onEnd);
    if (stream.isTTY === true) {
      this.restoreTerminal = listenToKeys(stream, (key) => {
        if (key === 'interrupt') process.kill(process.pid, 'SIGINT');
        else if (key === 'enter') this.onData('\n');
      });
      return;
    }
    stream.on('data', this.onData);
    stream.resume();
  }

  private readonly onData = (chunk: Buffer | string): void => {
    this.queuedLines = Math.min(MAX_QUEUED_LINES, this.queuedLines + String(chunk).split('\n').length - 1);
    this.deliver();
  };

  private readonly onEnd = (): void => {
    this.ended = true;
    this.deliver();
  };

  private deliver(): void {
    if (this.waiter === null) return;
    if (this.queuedLines > 0) {
      this.queuedLines -= 1;
      this.waiter.resolve();
    } else if (this.ended) this.waiter.reject(endOfInput());
  }
}

/** Calls `use` with a function that waits for Enter (see EnterPrompt.waitForEnter); the prompt is closed afterwards. */
export async function withEnterPrompt<Result>(
  stream: InputStream | undefined,
  use: (waitForEnter: (signal: AbortSignal) => Promise<void>) => Promise<Result>,
): Promise<Result> {
  const prompt = new EnterPrompt(stream);
  try {
    return await use((signal) => prompt.waitForEnter(signal));
  } finally {
    prompt.close();
  }
}

function endOfInput(): SoftqdError {
  return new SoftqdError('E_USAGE', 'end of input while waiting for Enter', {
    hint: 'Run in a terminal, or write one line to stdin for each {"event":"prompt"}. Measurements are saved.',
  });
}
