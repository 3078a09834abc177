import { SoftqdError } from '../../base/errors.ts';
import { isDirectory, listSegments, segmentPath } from './segment-files.ts';

/** Files as given, directories as the segments in them in order. Throws E_LOG_FILE when something is missing or a directory contains no log. */
export async function expandLogPaths(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    if (!(await isDirectory(path))) {
      files.push(path);
      continue;
    }
    const segments = await listSegments(path);
    if (segments.length === 0) {
      throw new SoftqdError('E_LOG_FILE', `${path} contains no log files`, {
        hint: 'Pass an .mcap file, or the log/ directory of a run.',
        values: { path },
      });
    }
    for (const segment of segments) files.push(segmentPath(path, segment));
  }
  return files;
}
