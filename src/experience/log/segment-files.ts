import { makeDirectory } from '../../base/make-directory-adapter.ts';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { directoryError, openError, systemCode } from './disk-errors.ts';

const SEGMENT_NAME = /^(\d{5,})\.mcap$/;
const TEMPORARY_SUFFIX = '.mcap.tmp';

/** `<directory>/<nnnnn>.mcap` of a segment. */
export function segmentPath(directory: string, segment: number): string {
  return join(directory, `${String(segment).padStart(5, '0')}.mcap`);
}

/** Numbers of the segments in a directory, ascending. Throws E_LOG_FILE when it cannot be read. */
export async function listSegments(directory: string): Promise<number[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (thrown) {
    throw openError(thrown, directory);
  }
  const segments: number[] = [];
  for (const name of names) {
    const match = SEGMENT_NAME.exec(name);
    if (match !== null) segments.push(Number(match[1]));
  }
  return segments.sort((a, b) => a - b);
}

/** Makes a log directory and removes files that an interrupted rewrite left. Throws E_DATA_DIRECTORY or E_DISK. */
export async function prepareLogDirectory(directory: string): Promise<void> {
  try {
    makeDirectory(directory);
    for (const name of await readdir(directory)) {
      if (name.endsWith(TEMPORARY_SUFFIX)) await rm(join(directory, name), { force: true });
    }
  } catch (thrown) {
    throw directoryError(thrown, directory);
  }
}

/** Whether a path is a directory; false when it does not exist. */
export async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/** The path where a file is written before it is renamed. */
export function temporaryPath(path: string): string {
  return path.replace(/\.mcap$/, '') + TEMPORARY_SUFFIX;
}

/** Makes what was created or renamed in a directory survive a power loss. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } catch (thrown) {
    // Some file systems cannot sync a directory; they offer no stronger guarantee.
    if (systemCode(thrown) !== 'EINVAL') throw thrown;
  } finally {
    await handle.close();
  }
}

/** Gives a finished, synced temporary file its name, atomically and durably. */
export async function publishFile(temporary: string, path: string): Promise<void> {
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}
