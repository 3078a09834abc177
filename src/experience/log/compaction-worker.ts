import { parentPort } from 'node:worker_threads';
import { toSoftqdError } from '../../base/errors.ts';
import { compactSegment } from './compaction.ts';

/** Runs in a thread of its own, so that packing never delays a tick: a path in, the answer out. */
parentPort?.on('message', (path: string) => {
  compactSegment(path).then(
    () => parentPort?.postMessage({ path, error: null }),
    (thrown: unknown) => parentPort?.postMessage({ path, error: toSoftqdError(thrown).message }),
  );
});
