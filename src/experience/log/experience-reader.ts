import { SoftqdError } from '../../base/errors.ts';
import type { Transition } from '../../robot/transition.ts';
import type { Cursor, ExperienceSource } from '../port.ts';
import { transitionIn } from './decode-message.ts';
import { systemCode } from './disk-errors.ts';
import type { RawMessage } from './record-parser.ts';
import { listSegments, segmentPath } from './segment-files.ts';
import { SegmentReader } from './segment-reader.ts';
import { lastSegmentAtOrBefore } from './segment-search.ts';

/**
 * The transitions of a log directory, also while its writer goes on: a read ends at the last whole record that is on the disk then
 * (TransitionLog.flush brings the newest there). A directory that does not exist yet holds nothing.
 */
export function openExperience(directory: string): ExperienceSource {
  return new LogExperience(directory);
}

/** Where the last read of a session stopped, so that the next one need not search. */
interface Place {
  readonly sessionUuid: string;
  readonly sequence: number;
  readonly segment: number;
  readonly reader: SegmentReader;
  readonly message: RawMessage;
}

class LogExperience implements ExperienceSource {
  private readonly directory: string;
  private place: Place | null = null;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Throws E_LOG_FILE when a file before the last one is damaged: transitions would be missing without notice. */
  async *read(sessionUuid: string, afterSequence: number): AsyncGenerator<Transition> {
    let segments = await this.segments();
    if (segments.length === 0) return;
    const start = await this.start(segments, { sessionUuid, sequence: afterSequence });
    let last = afterSequence;
    for (let { index } = start; index < segments.length; index++) {
      const segment = segments[index]!;
      const reader =
        (index === start.index ? start.reader : null) ??
        (await SegmentReader.open(segmentPath(this.directory, segment)));
      try {
        for (let batch = await reader.next(); batch !== null; batch = await reader.next()) {
          for (const message of batch) {
            const transition = transitionIn(message);
            if (transition?.sessionUuid !== sessionUuid || transition.sequence <= last) continue;
            last = transition.sequence;
            this.place = { sessionUuid, sequence: last, segment, reader, message };
            yield transition;
          }
        }
        if (index === segments.length - 1 && reader.closed) segments = await this.segments();
        if (index < segments.length - 1 && !reader.closed) throw damaged(reader);
      } finally {
        await reader.close();
      }
    }
  }

  /** The segment to begin with, and a reader that stands near the cursor where the last read stopped before it. */
  private async start(
    segments: readonly number[],
    cursor: Cursor,
  ): Promise<{ index: number; reader: SegmentReader | null }> {
    const { place } = this;
    if (place?.sessionUuid === cursor.sessionUuid && place.sequence <= cursor.sequence) {
      const index = segments.indexOf(place.segment);
      const reader = index < 0 ? null : await SegmentReader.openAt(place.reader.positionOf(place.message));
      if (reader !== null) return { index, reader };
    }
    const { sessionUuid, sequence } = cursor;
    return {
      index: await lastSegmentAtOrBefore(this.directory, segments, { sessionUuid, sequence: sequence + 1 }),
      reader: null,
    };
  }

  private async segments(): Promise<number[]> {
    try {
      return await listSegments(this.directory);
    } catch (thrown) {
      if (thrown instanceof SoftqdError && systemCode(thrown.cause) === 'ENOENT') return [];
      throw thrown;
    }
  }
}

function damaged({ path, wholeBytes, damage }: SegmentReader): SoftqdError {
  const reason = damage ?? 'truncated';
  return new SoftqdError(
    'E_LOG_FILE',
    `${path} ends at byte ${wholeBytes} (${reason}), yet the log goes on in the next file`,
    {
      values: { path, truncatedAt: wholeBytes },
    },
  );
}
