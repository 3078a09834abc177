import { open } from 'node:fs/promises';
import { transitionIn } from './decode-message.ts';
import { diskError } from './disk-errors.ts';
import { addCounts, isDamaged, NO_DAMAGE, type DamageCounts } from './log-damage.ts';
import { MCAP_MAGIC, SEGMENT_TAIL_BYTES } from './mcap-format.ts';
import { reopenSegment } from './reopen-segment.ts';
import { listSegments, segmentPath } from './segment-files.ts';
import { forEachMessage, SegmentReader } from './segment-reader.ts';

export interface LogEnd {
  /** Last transition of the session in the log, -1 = none. */
  readonly lastSequence: number;
  /** The segment to append to; bytes 0 = a new one. */
  readonly live: { readonly segment: number; readonly bytes: number; readonly messages: number };
  /** Damage in the segments that were read. */
  readonly damage: DamageCounts;
}

/** Finds where a log ends and makes its last segment appendable; corrupt records in that segment are removed. */
export async function findLogEnd(directory: string, sessionUuid: string): Promise<LogEnd> {
  const segments = await listSegments(directory);
  const last = segments.at(-1);
  if (last === undefined) return { lastSequence: -1, live: { segment: 0, bytes: 0, messages: 0 }, damage: NO_DAMAGE };
  const scanned = await scan(segmentPath(directory, last), sessionUuid);
  let { lastSequence, damage } = scanned;
  for (let index = segments.length - 2; index >= 0 && lastSequence < 0; index--) {
    const earlier = await scan(segmentPath(directory, segments[index]!), sessionUuid);
    lastSequence = earlier.lastSequence;
    damage = addCounts(damage, earlier.damage);
  }
  if (scanned.appendable)
    return { lastSequence, damage, live: { segment: last, bytes: scanned.bytes, messages: scanned.messages } };
  const { publish, ...live } = await reopenSegment(segmentPath(directory, last), Infinity);
  await publish();
  return { lastSequence, damage, live: { segment: last, ...live } };
}

/** Segments before `live` that were closed properly and not yet compacted. */
export async function uncompactedSegments(directory: string, live: number): Promise<number[]> {
  const found: number[] = [];
  for (const segment of await listSegments(directory)) {
    if (segment < live && (await endsWithoutSummary(segmentPath(directory, segment)))) found.push(segment);
  }
  return found;
}

interface Scan {
  readonly lastSequence: number;
  /** Not closed, not chunked, complete and undamaged. */
  readonly appendable: boolean;
  readonly damage: DamageCounts;
  readonly bytes: number;
  readonly messages: number;
}

async function scan(path: string, sessionUuid: string): Promise<Scan> {
  const reader = await SegmentReader.open(path);
  try {
    let lastSequence = -1;
    let messages = 0;
    await forEachMessage(reader, (message) => {
      messages += 1;
      const transition = transitionIn(message);
      if (transition?.sessionUuid === sessionUuid) lastSequence = Math.max(lastSequence, transition.sequence);
      return true;
    });
    const { damage, completeBytes, fileBytes } = reader;
    const complete = !isDamaged(damage) && completeBytes === fileBytes;
    return {
      lastSequence,
      messages,
      damage,
      bytes: completeBytes,
      appendable: complete && !reader.closed && !reader.chunked && messages > 0,
    };
  } finally {
    await reader.close();
  }
}

/** Whether a file ends as the live writer ends it: a footer without a summary. */
async function endsWithoutSummary(path: string): Promise<boolean> {
  try {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      const tail = Buffer.alloc(SEGMENT_TAIL_BYTES);
      if (size < tail.length) return false;
      await handle.read(tail, 0, tail.length, size - tail.length);
      const footerBody = tail.length - MCAP_MAGIC.length - 20;
      return tail.subarray(-MCAP_MAGIC.length).equals(MCAP_MAGIC) && tail.readBigUInt64LE(footerBody) === 0n;
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    throw diskError(thrown, path);
  }
}
