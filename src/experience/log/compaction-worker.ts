import { parentPort } from 'node:worker_threads';
import { toSoftqdError } from '../../base/errors.ts';
import { compactSegment } from './compaction.ts';

let queue = Promise.resolve();

/** Runs in a thread of its own, so that packing never delays a tick: a path in, the answer out, one after another. */
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
