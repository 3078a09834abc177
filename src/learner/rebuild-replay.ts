import { SoftqdError } from '../base/errors.ts';
import type { ExperienceSource } from '../experience/port.ts';
import type { SequenceRange } from './ingested-ranges.ts';
import type { Trainer } from './trainer.ts';

export interface RebuildOptions {
  readonly trainer: Trainer;
  readonly source: ExperienceSource;
  readonly segments: readonly SequenceRange[];
  /** Transitions that were rejected among those ingested. */
  readonly rejected: number;
  /** First sequence (of the last session) of the running episodes; Infinity = none. */
  readonly oldestEpisodeSequence: number;
}

/**
 * Fills the replay and the episodes under way from the log, up to the checkpoint's cursor; what the ring had evicted is not read.
 * Throws E_CHECKPOINT when the log ends before the cursor.
 */
export async function rebuildReplay(options: RebuildOptions): Promise<void> {
  const { trainer, source, segments, rejected, oldestEpisodeSequence } = options;
  const total = segments.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  const kept = Math.min(trainer.replay.rebuild, trainer.schedule.steps);
  const evicted = Math.max(0, total - kept - rejected);
  let before = 0;
  for (const [i, { sessionUuid, first, last }] of segments.entries()) {
    const inReplay = Math.max(first, first + evicted - before);
    before += last - first + 1;
    const from = i === segments.length - 1 ? Math.min(inReplay, Math.max(first, oldestEpisodeSequence)) : inReplay;
    if (from > last) continue;
    let reached = -1;
    for await (const transition of source.read(sessionUuid, from - 1)) {
      if (transition.sequence > last) break;
      trainer.remember(transition, transition.sequence >= inReplay);
      reached = transition.sequence;
    }
    if (reached !== last) {
      throw new SoftqdError(
        'E_CHECKPOINT',
        `the log ends at transition ${reached}, the checkpoint was made after ${last}`,
        {
          hint: 'The log of this run was truncated or removed. Restore it, or start a new run without --resume.',
          values: { sessionUuid, reached, last },
        },
      );
    }
  }
}
