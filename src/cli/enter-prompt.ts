import { SoftqdError } from '../base/errors.ts';
import { listenToKeys } from './key-input.ts';
import type { InputStream } from './output.ts';

/** Lines that may wait before they are asked for; more are dropped. */
const MAX_QUEUED_LINES = 64;

/** Somebody who presses Enter. */
export interface EnterPrompt {
  /**
   * Resolves at the next Enter. On a terminal only one that comes after the question counts; from a pipe a line that is there already
   * does. Rejects with the signal's reason, or E_USAGE when the input has ended.
   */
  enter(signal: AbortSignal): Promise<void>;
  close(): void;
}

/**
 * Enter from a stream; reading begins with the first question. A terminal is listened to key by key until `close`: what is typed must not
 * be echoed into lines that are rewritten in place.
 */
export function enterPrompt(stream: InputStream | undefined): EnterPrompt {
  let lines = 0;
  let ended = stream === undefined;
  let waiting: { resolve: () => void; reject: (error: Error) => void } | null = null;
  let reading = false;
  let restoreTerminal = (): void => undefined;
  const deliver = (): void => {
    if (waiting === null) return;
    if (lines > 0) {
      lines -= 1;
      waiting.resolve();
    } else if (ended) waiting.reject(noInput());
  };
  const onData = (chunk: Buffer | string): void => {
    lines = Math.min(MAX_QUEUED_LINES, lines + String(chunk).split('\n').length - 1);
    deliver();
  };
  const onEnd = (): void => {
    ended = true;
    deliver();
  };
  const begin = (): void => {
    if (reading || stream === undefined) return;
    reading = true;
    stream.on('end', onEnd).on('error', onEnd);
    if (stream.isTTY === true) {
      restoreTerminal = listenToKeys(stream, (key) => {
        if (key === 'interrupt') process.kill(process.pid, 'SIGINT');
        else if (key === 'enter') onData('\n');
      });
      return;
    }
    stream.on('data', onData);
    stream.resume();
  };
  return {
    enter: (signal) => {
      begin();
      if (stream?.isTTY === true) lines = 0;
      return new Promise<void>((resolve, reject) => {
        const settle = (finish: () => void): void => {
          waiting = null;
          signal.removeEventListener('abort', onAbort);
          finish();
        };
        const onAbort = (): void => settle(() => reject(signal.reason as Error));
        waiting = { resolve: () => settle(resolve), reject: (error) => settle(() => reject(error)) };
        if (signal.aborted) onAbort();
        else {
          signal.addEventListener('abort', onAbort, { once: true });
          deliver();
        }
      });
    },
    close: () => {
      restoreTerminal();
      stream?.off('data', onData).off('end', onEnd).off('error', onEnd);
      stream?.pause();
    },
  };
}

function noInput(): SoftqdError {
  return new SoftqdError('E_USAGE', 'end of input while waiting for Enter', {
    hint: 'Run in a terminal, or write one line to stdin for each {"event":"prompt"}. Measurements are saved.',
  });
}
