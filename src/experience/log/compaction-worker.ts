import { parentPort } from 'node:worker_threads';
import { toSoftqdError } from '../../base/errors.ts';
import { compactSegment } from './compaction.ts';

let queue = Promise.resolve();

/** Runs in a worker thread, so that compaction never delays a tick: receives a path, sends the result, one after another. */
parentPort?.on('message', (path: string) => {
  queue = queue.then(async () => {
    let error: string | null = null;
    try {
      await compactSegment(path);
    } catch (thrown) {
      error = toSoftqdError(thrown).message;
    }
    parentPort?.postMessage({ path, error });
  });
});
