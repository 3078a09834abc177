import { mkdirSync, statSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Creates a directory and its parents; no effect when it exists. Throws the system error (EACCES, EEXIST, ENOENT, ENOTDIR, ENOSPC, ...).
 * The `recursive: true` of Node.js never returns where a directory cannot be created although its parent exists, as in /proc.
 */
export function makeDirectory(path: string, mode?: number): void {
  const missing: string[] = [];
  for (let at = resolve(path); statOrNull(at) === null && at !== dirname(at); at = dirname(at)) missing.push(at);
  for (const folder of missing.reverse()) makeOne(folder, mode);
  if (missing.length === 0) makeOne(resolve(path), mode);
}

/** Null when it does not exist or is not accessible to this user. */
function statOrNull(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

/** A directory that exists is not an error: another process may create it at the same time. */
function makeOne(folder: string, mode: number | undefined): void {
  try {
    mkdirSync(folder, mode);
  } catch (thrown) {
    if (statOrNull(folder)?.isDirectory() !== true) throw thrown;
  }
}
