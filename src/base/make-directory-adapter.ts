import { mkdirSync, statSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and those above it; nothing when it exists. Throws the system's error (EACCES, EEXIST, ENOENT, ENOTDIR, ENOSPC, ...).
 * Node's own `recursive: true` never returns where a folder cannot be made although the one above it exists, as below /proc.
 */
export function makeDirectory(path: string, mode?: number): void {
  const missing: string[] = [];
  for (let at = resolve(path); statOrNull(at) === null && at !== dirname(at); at = dirname(at)) missing.push(at);
  for (const folder of missing.reverse()) makeOne(folder, mode);
  if (missing.length === 0) makeOne(resolve(path), mode);
}

/** Null when nothing is there, or nothing that this user may see. */
function statOrNull(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

/** A folder that is there already (another process may make the same one at the same time) is right. */
function makeOne(folder: string, mode: number | undefined): void {
  try {
    mkdirSync(folder, mode);
  } catch (thrown) {
    if (statOrNull(folder)?.isDirectory() !== true) throw thrown;
  }
}
