import { rm } from 'node:fs/promises';
import { SoftqdError } from '../../base/errors.ts';
import { transitionIn } from './decode-message.ts';
import { directoryError } from './disk-errors.ts';
import { addCounts, NO_DAMAGE, type DamageCounts } from './log-damage.ts';
import { reopenSegment } from './reopen-segment.ts';
import { listSegments, prepareLogDirectory, segmentPath } from './segment-files.ts';
import { forEachMessage, SegmentReader } from './segment-reader.ts';
import { lastSegmentAtOrBefore } from './segment-search.ts';

interface TruncationPoint {
  readonly segment: number;
  /** Messages of that segment that are kept. */
  readonly keep: number;
  readonly damage: DamageCounts;
}

/**
 * Truncates a log to a cursor: the log as it was just before transition `sequence + 1` of the session was appended. Events, joint states and
 * metrics written before that moment are kept, later ones removed. An incomplete record at the end (crash) is removed in any case. -1 keeps
 * only what was written before the first transition. Appending afterwards writes the bytes of an uninterrupted run.
 *
 * The last remaining segment is rewritten next to the old one, later segments are removed, then it replaces the old one: after a crash in
 * between the log can be truncated again. Damaged records in that segment are not kept.
 *
 * Returns the damage in the segments that were read. Throws E_LOG_FILE when the log does not contain `sequence` or transitions of other
 * sessions would be lost, E_DATA_DIRECTORY, E_DISK.
 */
export async function truncateLogAfter(
  directory: string,
  sessionUuid: string,
  sequence: number,
): Promise<DamageCounts> {
  await prepareLogDirectory(directory);
  const segments = await listSegments(directory);
  if (segments.length === 0 && sequence < 0) return NO_DAMAGE;
  const position = await findTruncationPoint({ directory, segments, sessionUuid, sequence });
  const rewound = await reopenSegment(segmentPath(directory, position.segment), position.keep);
  try {
    for (const segment of segments.filter((number) => number > position.segment).reverse()) {
      await rm(segmentPath(directory, segment));
    }
    await rewound.publish();
    return position.damage;
  } catch (thrown) {
    throw directoryError(thrown, directory);
  }
}

interface TruncationRequest {
  readonly directory: string;
  readonly segments: readonly number[];
  readonly sessionUuid: string;
  readonly sequence: number;
}

async function findTruncationPoint({
  directory,
  segments,
  sessionUuid,
  sequence,
}: TruncationRequest): Promise<TruncationPoint> {
  const from = await lastSegmentAtOrBefore(directory, segments, { sessionUuid, sequence });
  let position: Omit<TruncationPoint, 'damage'> | null = null;
  let damage = NO_DAMAGE;
  let reached = sequence < 0;
  let last = -1;
  for (const segment of segments.slice(from)) {
    const reader = await SegmentReader.open(segmentPath(directory, segment));
    let ordinal = 0;
    try {
      await forEachMessage(reader, (message) => {
        const transition = transitionIn(message);
        if (transition !== null) {
          if (transition.sessionUuid === sessionUuid) {
            last = transition.sequence;
            reached ||= last === sequence;
            if (last > sequence) position ??= { segment, keep: ordinal };
          } else if (position !== null) {
            throw otherSession(directory, transition.sessionUuid);
          }
        }
        ordinal += 1;
        return true;
      });
      damage = addCounts(damage, reader.damage);
    } finally {
      await reader.close();
    }
    if (segment === segments.at(-1)) position ??= { segment, keep: ordinal };
  }
  if (position === null || !reached) {
    throw new SoftqdError(
      'E_LOG_FILE',
      `the log in ${directory} does not contain transition ${sequence}; its last transition is ${last}`,
      {
        hint: 'Cannot resume from this checkpoint: its log is missing or belongs to another run.',
        values: { directory, sequence, last },
      },
    );
  }
  return { ...atSegmentEnd(position, segments), damage };
}

/** A segment starts with its first message: if none of its messages is kept, the segment before it ends the log. */
function atSegmentEnd(
  position: Omit<TruncationPoint, 'damage'>,
  segments: readonly number[],
): Omit<TruncationPoint, 'damage'> {
  const index = segments.indexOf(position.segment);
  if (position.keep > 0 || index <= 0) return position;
  return { segment: segments[index - 1]!, keep: Infinity };
}

function otherSession(directory: string, sessionUuid: string): SoftqdError {
  return new SoftqdError(
    'E_LOG_FILE',
    `${directory} contains later transitions of session ${sessionUuid}; log not truncated`,
    {
      hint: 'Use a separate directory for each run.',
      values: { directory, sessionUuid },
    },
  );
}
