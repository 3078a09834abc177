import type { Transition } from '../../robot/transition.ts';
import { transitionIn } from '../log/decode-message.ts';
import { SegmentReader } from '../log/segment-reader.ts';

/** The transitions of files, one file after another, each up to its last whole record. */
export async function* transitionsOf(paths: readonly string[]): AsyncGenerator<Transition> {
  for (const path of paths) {
    const reader = await SegmentReader.open(path);
    try {
      for (let batch = await reader.next(); batch !== null; batch = await reader.next()) {
        for (const message of batch) {
          const transition = transitionIn(message);
          if (transition !== null) yield transition;
        }
      }
    } finally {
      await reader.close();
    }
  }
}
