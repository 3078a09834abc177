import type { Worker } from 'node:worker_threads';
import { toSoftqdError } from '../../base/errors.ts';
import { startThread } from '../../base/start-thread-adapter.ts';
import { compactSegment } from './compaction.ts';

interface Answer {
  readonly path: string;
  readonly error: string | null;
}

/**
 * Compacts closed segments during a run, one after another, in a thread that starts with the first one. Where the thread
 * exits, the segments wait for `finish`.
 */
export class Compactor {
  private worker: Worker | null = null;
  private readonly inThread = new Set<string>();
  private readonly pending: string[] = [];
  private readonly idleWaiters: (() => void)[] = [];
  private readonly onError: (path: string, reason: string) => void;

  /** `onError`: a segment that could not be compacted stays unchanged and readable. */
  constructor(onError: (path: string, reason: string) => void) {
    this.onError = onError;
  }

  /** Queues a segment for the thread. */
  add(path: string): void {
    this.worker ??= this.start();
    this.inThread.add(path);
    // A busy thread keeps the process running, an idle one does not.
    this.worker.ref();
    this.worker.postMessage(path);
  }

  /** Leaves a segment to `finish`. */
  addLast(path: string): void {
    this.pending.push(path);
  }

  /** At the end of a run, when no control loop can be delayed: waits for the thread and compacts the remaining segments here. */
  async finish(): Promise<void> {
    if (this.inThread.size > 0) await new Promise<void>((resolve) => this.idleWaiters.push(resolve));
    for (const path of this.pending.splice(0)) {
      try {
        await compactSegment(path);
      } catch (thrown) {
        this.onError(path, toSoftqdError(thrown).message);
      }
    }
  }

  /** Ends the thread; unfinished segments stay uncompacted. */
  async close(): Promise<void> {
    const { worker } = this;
    this.worker = null;
    await worker?.terminate();
  }

  private start(): Worker {
    const worker = startThread('compaction-worker', new URL('./', import.meta.url));
    worker.on('message', ({ path, error }: Answer) => {
      if (error !== null) this.onError(path, error);
      this.inThread.delete(path);
      this.idle();
    });
    worker.on('error', () => {
      this.worker = null;
      this.pending.push(...this.inThread);
      this.inThread.clear();
      this.idle();
    });
    return worker;
  }

  private idle(): void {
    if (this.inThread.size > 0) return;
    this.worker?.unref();
    for (const resolve of this.idleWaiters.splice(0)) resolve();
  }
}
