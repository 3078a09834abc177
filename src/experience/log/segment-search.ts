import type { Cursor } from '../port.ts';
import { transitionIn } from './decode-message.ts';
import { segmentPath } from './segment-files.ts';
import { forEachMessage, SegmentReader } from './segment-reader.ts';

/** Sequence of the first transition of a session in one file, or null. */
export async function firstSequence(path: string, sessionUuid: string): Promise<number | null> {
  const reader = await SegmentReader.open(path);
  try {
    let first: number | null = null;
    await forEachMessage(reader, (message) => {
      const transition = transitionIn(message);
      if (transition?.sessionUuid === sessionUuid) first = transition.sequence;
      return first === null;
    });
    return first;
  } finally {
    await reader.close();
  }
}

/** Index in `segments` of the last one that begins at or before a cursor: earlier segments contain nothing at or after the cursor. */
export async function lastSegmentAtOrBefore(
  directory: string,
  segments: readonly number[],
  cursor: Cursor,
): Promise<number> {
  for (let index = segments.length - 1; index > 0; index--) {
    const first = await firstSequence(segmentPath(directory, segments[index]!), cursor.sessionUuid);
    if (first !== null && first <= cursor.sequence) return index;
  }
  return 0;
}
