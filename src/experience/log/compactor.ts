import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { toSoftqdError } from '../../base/errors.ts';
import { compactSegment } from './compaction.ts';

interface Answer {
  readonly path: string;
  readonly error: string | null;
}

/** Compacts closed segments beside the running line, one after another, in a thread that starts with the first one. */
export class Compactor {
  private worker: Worker | null = null;
  private readonly waiting = new Map<string, () => void>();
  private readonly onError: (path: string, reason: string) => void;

  /** `onError`: a segment that could not be compacted stays as it is, whole and readable. */
  constructor(onError: (path: string, reason: string) => void) {
    this.onError = onError;
  }

  /** Resolves when the segment is compacted or has been given up. */
  compact(path: string): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.set(path, resolve);
      this.worker ??= this.start();
      // A thread that is at work keeps the process alive, an idle one does not.
      this.worker.ref();
      this.worker.postMessage(path);
    });
  }

  /** The same in the calling thread: for the end of a run, when there is no line to delay. */
  async compactHere(path: string): Promise<void> {
    try {
      await compactSegment(path);
    } catch (thrown) {
      this.onError(path, toSoftqdError(thrown).message);
    }
  }

  /** Ends the thread; what is not finished is left uncompacted. */
  async close(): Promise<void> {
    const { worker } = this;
    this.worker = null;
    await worker?.terminate();
    this.giveUp('the compaction was stopped');
  }

  private start(): Worker {
    const worker = startWorker();
    worker.on('message', ({ path, error }: Answer) => {
      if (error !== null) this.onError(path, error);
      this.finish(path);
    });
    worker.on('error', (error) => {
      this.worker = null;
      this.giveUp(toSoftqdError(error).message);
    });
    return worker;
  }

  private giveUp(reason: string): void {
    for (const path of [...this.waiting.keys()]) {
      this.onError(path, reason);
      this.finish(path);
    }
  }

  private finish(path: string): void {
    this.waiting.get(path)?.();
    this.waiting.delete(path);
    if (this.waiting.size === 0) this.worker?.unref();
  }
}

/** From the sources a thread needs the loader that its parent runs under. */
function startWorker(): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./compaction-worker.js', import.meta.url));
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm/api')).href;
  const target = new URL('./compaction-worker.ts', import.meta.url).href;
  const script = `import('${loader}').then(({ register }) => { register(); return import('${target}'); })`;
  return new Worker(script, { eval: true });
}
