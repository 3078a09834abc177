import { rm } from 'node:fs/promises';
import { SoftqdError } from '../../base/errors.ts';
import { transitionIn } from './decode-message.ts';
import { directoryError } from './disk-errors.ts';
import { reopenSegment } from './reopen-segment.ts';
import { listSegments, prepareLogDirectory, segmentPath } from './segment-files.ts';
import { forEachMessage, SegmentReader } from './segment-reader.ts';
import { lastSegmentAtOrBefore } from './segment-search.ts';

interface TruncationPoint {
  readonly segment: number;
  /** Messages of that segment that stay. */
  readonly keep: number;
}

/**
 * Cuts a log back to a cursor: what remains is the log as it was just before transition `sequence + 1` of the session was appended.
 * Events, joint states and metrics written before that moment stay, later ones go. A torn end (crash) is dropped in any case. -1 keeps
 * only what came before the first transition. Appending afterwards gives the bytes of a run that never stopped.
 *
 * The last segment that remains is rewritten beside the old one, later segments are removed, then it takes its place: a crash in
 * between leaves a log that can be cut again.
 *
 * Throws E_LOG_FILE when the log does not reach `sequence` or transitions of other sessions would be lost, E_DATA_DIRECTORY, E_DISK.
 */
export async function truncateLogAfter(directory: string, sessionUuid: string, sequence: number): Promise<void> {
  await prepareLogDirectory(directory);
  const segments = await listSegments(directory);
  if (segments.length === 0 && sequence < 0) return;
  const position = await findTruncationPoint({ directory, segments, sessionUuid, sequence });
  const rewound = await reopenSegment(segmentPath(directory, position.segment), position.keep);
  try {
    for (const segment of segments.filter((number) => number > position.segment).reverse()) {
      await rm(segmentPath(directory, segment));
    }
    await rewound.publish();
  } catch (thrown) {
    throw directoryError(thrown, directory);
  }
}

interface CutRequest {
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
}: CutRequest): Promise<TruncationPoint> {
  const from = await lastSegmentAtOrBefore(directory, segments, { sessionUuid, sequence });
  let position: TruncationPoint | null = null;
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
  return atSegmentEnd(position, segments);
}

/** A segment is begun by its first message: where none of its own would stay, the one before ends the log. */
function atSegmentEnd(position: TruncationPoint, segments: readonly number[]): TruncationPoint {
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
