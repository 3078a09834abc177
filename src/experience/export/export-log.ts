import { SoftqdError } from '../../base/errors.ts';
import type { Transition } from '../../robot/transition.ts';
import { decodeTransition } from '../../wire/experience.ts';
import { isTransition } from '../log/decode-message.ts';
import { expandLogPaths } from '../log/log-paths.ts';
import { SegmentReader } from '../log/segment-reader.ts';
import { csvLines, jsonLines, writeLines } from './text-export.ts';

export interface ExportRequest {
  /** Files or log directories. */
  readonly files: readonly string[];
  readonly format: 'csv' | 'jsonl' | 'lerobot';
  /** A file (csv, jsonl; replaced) or a new directory (lerobot). */
  readonly out: string;
}

export interface Exported {
  readonly transitions: number;
}

/** Writes the transitions of a log in another format. Throws E_LOG_FILE, E_FRAME, E_DISK; E_NOT_YET for a format that is not built. */
export async function exportLog({ files, format, out }: ExportRequest): Promise<Exported> {
  const paths = await expandLogPaths(files);
  switch (format) {
    case 'csv':
      return { transitions: await writeLines(transitionsOf(paths), out, csvLines()) };
    case 'jsonl':
      return { transitions: await writeLines(transitionsOf(paths), out, jsonLines()) };
    case 'lerobot':
      throw new SoftqdError('E_NOT_YET', 'export to lerobot is not built yet; csv and jsonl work');
  }
}

/** The transitions of files, one file after another. */
async function* transitionsOf(paths: readonly string[]): AsyncGenerator<Transition> {
  for (const path of paths) {
    const reader = await SegmentReader.open(path);
    try {
      for (let batch = await reader.next(); batch !== null; batch = await reader.next()) {
        for (const message of batch) if (isTransition(message)) yield decodeTransition(message.data);
      }
    } finally {
      await reader.close();
    }
  }
}
