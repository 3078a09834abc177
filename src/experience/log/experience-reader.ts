import { SoftqdError } from '../../base/errors.ts';
import type { Transition } from '../../robot/transition.ts';
import { decodeTransition } from '../../wire/experience.ts';
import type { ExperienceSource } from '../port.ts';
import { isTransition } from './decode-message.ts';
import { systemCode } from './disk-errors.ts';
import { listSegments, segmentPath } from './segment-files.ts';
import { SegmentReader } from './segment-reader.ts';
import { lastSegmentReaching } from './segment-search.ts';

/**
 * The transitions of a log directory, also while its writer goes on: a read ends at the last whole record that is on the disk then
 * (TransitionLog.flush brings the newest there). A directory that does not exist yet holds nothing.
 */
export function openExperience(directory: string): ExperienceSource {
  return new LogExperience(directory);
}

class LogExperience implements ExperienceSource {
  private readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Throws E_LOG_FILE when a file before the last one is damaged: transitions would be missing without notice. */
  async *read(sessionUuid: string, afterSequence: number): AsyncGenerator<Transition> {
    let segments = await this.segments();
    if (segments.length === 0) return;
    let index = await lastSegmentReaching(this.directory, segments, { sessionUuid, sequence: afterSequence + 1 });
    let last = afterSequence;
    for (; index < segments.length; index++) {
      const path = segmentPath(this.directory, segments[index]!);
      const reader = await SegmentReader.open(path);
      try {
        for (let batch = await reader.next(); batch !== null; batch = await reader.next()) {
          for (const message of batch) {
            if (!isTransition(message)) continue;
            const transition = decodeTransition(message.data);
            if (transition.sessionUuid !== sessionUuid || transition.sequence <= last) continue;
            last = transition.sequence;
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
  const reason = damage ?? 'it was cut';
  return new SoftqdError(
    'E_LOG_FILE',
    `${path} ends at byte ${wholeBytes} (${reason}), yet the log goes on in the next file`,
    {
      values: { path, truncatedAt: wholeBytes },
    },
  );
}
