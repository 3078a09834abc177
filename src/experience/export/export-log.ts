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
  /** Names for a LeRobot data set, which a log does not hold. */
  readonly robot?: string;
  readonly task?: string;
}

export interface Exported {
  readonly transitions: number;
}

/** Writes the transitions of a log in another format. Throws E_LOG_FILE, E_USAGE (lerobot: `out` exists), E_DISK. */
export async function exportLog(request: ExportRequest): Promise<Exported> {
  const { files, format, out, robot = 'softqd', task = 'softqd' } = request;
  const paths = await expandLogPaths(files);
  const transitions = () => transitionsOf(paths);
  switch (format) {
    case 'csv':
      return { transitions: await writeLines(transitions(), out, csvLines()) };
    case 'jsonl':
      return { transitions: await writeLines(transitions(), out, jsonLines()) };
    case 'lerobot':
      return { transitions: await exportLerobot({ transitions, out, robotType: robot, task }) };
  }
}
