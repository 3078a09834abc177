import { url as debuggerUrl } from 'node:inspector';
import { startThread } from '../../base/start-thread-adapter.ts';

/** A call of a task module that has not returned within this time ends the process. */
export const MAX_CALL_S = 5;

export interface CallWatchData {
  /** Increased at the begin and at the end of every call: odd during a call. */
  readonly counter: Int32Array;
  readonly maxCallS: number;
}

/** Where the code of a call that does not return is, innermost frame first; lines and columns from 1. */
export interface StuckCall {
  readonly frames: readonly CodePlace[];
}

export interface CodePlace {
  /** The file of a script: its path, or a file URL. */
  readonly url: string;
  readonly line: number;
  readonly column: number;
}

/** Called when a call does not return. */
type OnStuck = (frames: readonly CodePlace[]) => Error;

/**
 * Ends calls that do not return, which block everything else in this process, signals included. A thread watches a counter; it costs a
 * call two additions. The error of a stuck call is thrown outside of every function: it ends the process as an uncaught exception.
 */
class CallWatch {
  private readonly counter = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  private isStarted = false;
  private onStuck: OnStuck | null = null;

  /** Calls `call`. `onStuck` makes the error that is thrown when it does not return; calls do not nest. */
  during<T>(call: () => T, onStuck: OnStuck): T {
    if (!this.isStarted) this.start();
    this.onStuck = onStuck;
    this.counter[0]!++;
    try {
      return call();
    } finally {
      this.counter[0]!++;
    }
  }

  private start(): void {
    this.isStarted = true;
    // A debugger stops inside of the functions of a module.
    if (debuggerUrl() !== undefined) return;
    const data: CallWatchData = { counter: this.counter, maxCallS: MAX_CALL_S };
    const thread = startThread('call-watch-thread-adapter', new URL('./', import.meta.url), data);
    thread.unref();
    thread.on('message', ({ frames }: StuckCall) => {
      throw this.onStuck!(frames);
    });
    // A Node.js without debugger: calls are not watched.
    thread.on('error', () => undefined);
  }
}

/** The watch of this process. */
export const callWatch = new CallWatch();
