import type { Transition } from '../../robot/transition.ts';
import { addDamage, NO_DAMAGE, type DamageCounts } from '../log/log-damage.ts';
import { expandLogPaths } from '../log/log-paths.ts';
import { exportLerobot } from './lerobot/lerobot-export.ts';
import { csvLines, jsonLines, writeLines } from './text-export.ts';
import { transitionsOf } from './transitions-of.ts';

export interface ExportRequest {
  /** Files or log directories. */
  readonly files: readonly string[];
  readonly format: 'csv' | 'jsonl' | 'lerobot';
  /** A file (csv, jsonl; replaced) or a new directory (lerobot). */
  readonly out: string;
  /** Names for a LeRobot dataset; a log does not contain them. */
  readonly robot?: string;
  readonly task?: string;
}

export interface Exported {
  readonly transitions: number;
  /** What was skipped because it is corrupt. */
  readonly damaged: DamageCounts;
}

/**
 * Writes the transitions of a log in another format; corrupt records are skipped and counted. Throws E_LOG_FILE, E_USAGE (lerobot: `out`
 * exists), E_DISK.
 */
export async function exportLog(request: ExportRequest): Promise<Exported> {
  const paths = await expandLogPaths(request.files);
  let damaged = NO_DAMAGE;
  const transitions = (): AsyncIterable<Transition> => {
    // Each pass reads everything again; the last one is complete.
    damaged = NO_DAMAGE;
    return transitionsOf(paths, (place) => {
      damaged = addDamage(damaged, place);
    });
  };
  const written = await write(request, transitions);
  return { transitions: written, damaged };
}

function write(
  { format, out, robot = 'softqd', task = 'softqd' }: ExportRequest,
  transitions: () => AsyncIterable<Transition>,
): Promise<number> {
  switch (format) {
    case 'csv':
      return writeLines(transitions(), out, csvLines());
    case 'jsonl':
      return writeLines(transitions(), out, jsonLines());
    case 'lerobot':
      return exportLerobot({ transitions, out, robotType: robot, task });
  }
}
