import { SoftqdError } from '../../base/errors.ts';
import type { Transition } from '../../robot/transition.ts';
import type { Cursor, ExperienceSource } from '../port.ts';
import { transitionIn } from './decode-message.ts';
import { systemCode } from './disk-errors.ts';
import type { DamagedPlace, LogDamage } from './log-damage.ts';
import type { RawMessage } from './record-parser.ts';
import { listSegments, segmentPath } from './segment-files.ts';
import { SegmentReader } from './segment-reader.ts';
import { lastSegmentAtOrBefore } from './segment-search.ts';

/**
 * The transitions of a log directory, also while it is being written: a read ends at the last complete record on the disk
 * (TransitionLog.flush writes the newest). A directory that does not exist yet has no transitions.
 *
 * Corrupt records are skipped; `onDamage` is called once for each corrupt place. The end of the last file is never reported: it may be
 * incomplete because it is being written.
 */
export function openExperience(directory: string, onDamage: (place: DamagedPlace) => void): ExperienceSource {
  return new LogExperience(directory, onDamage);
}

/** Damaged places that are reported; more are skipped silently. */
const MAX_REPORTED = 1000;

/** Where the last read of a session stopped, so that the next one does not search. */
interface Place {
  readonly sessionUuid: string;
  readonly sequence: number;
  readonly segment: number;
  readonly reader: SegmentReader;
  readonly message: RawMessage;
}

class LogExperience implements ExperienceSource {
  private readonly directory: string;
  private readonly onDamage: (place: DamagedPlace) => void;
  private readonly reported = new Set<string>();
  private place: Place | null = null;

  constructor(directory: string, onDamage: (place: DamagedPlace) => void) {
    this.directory = directory;
    this.onDamage = onDamage;
  }

  async *read(sessionUuid: string, afterSequence: number): AsyncGenerator<Transition> {
    let segments = await this.segments();
    if (segments.length === 0) return;
    const start = await this.start(segments, { sessionUuid, sequence: afterSequence });
    let last = afterSequence;
    for (let { index } = start; index < segments.length; index++) {
      const segment = segments[index]!;
      const file = segmentPath(this.directory, segment);
      const reader =
        (index === start.index ? start.reader : null) ?? (await SegmentReader.open(file, this.reporter(file)));
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
        if (index < segments.length - 1 && !reader.closed) this.reporter(file)(reader.damageAtEnd ?? unclosed(reader));
      } finally {
        await reader.close();
      }
    }
  }

  private reporter(file: string): (damage: LogDamage) => void {
    return (damage) => {
      const key = `${file}:${damage.at}`;
      if (this.reported.has(key) || this.reported.size >= MAX_REPORTED) return;
      this.reported.add(key);
      this.onDamage({ file, ...damage });
    };
  }

  /** The first segment to read, and a reader that is near the cursor where the last read stopped before it. */
  private async start(
    segments: readonly number[],
    cursor: Cursor,
  ): Promise<{ index: number; reader: SegmentReader | null }> {
    const { place } = this;
    if (place?.sessionUuid === cursor.sessionUuid && place.sequence <= cursor.sequence) {
      const index = segments.indexOf(place.segment);
      const reader = index < 0 ? null : await this.resume(place);
      if (reader !== null) return { index, reader };
    }
    const { sessionUuid, sequence } = cursor;
    return {
      index: await lastSegmentAtOrBefore(this.directory, segments, { sessionUuid, sequence: sequence + 1 }),
      reader: null,
    };
  }

  private resume({ reader, message }: Place): Promise<SegmentReader | null> {
    return SegmentReader.openAt(reader.positionOf(message), this.reporter(reader.path));
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

/** A file before the last one that ends without its closing records. */
function unclosed({ completeBytes, fileBytes }: SegmentReader): LogDamage {
  const bytes = fileBytes - completeBytes;
  return {
    kind: 'record',
    at: completeBytes,
    bytes,
    records: 1,
    reason: 'truncated, but the log continues in the next file',
  };
}
