import { makeDirectory } from '../../base/make-directory-adapter.ts';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import { FORMAT_VERSION, MANIFEST_FILE, manifestText, type Manifest, type PartEntry } from './manifest.ts';

export interface CheckpointContent extends Omit<Manifest, 'format' | 'parts'> {
  /** Part name -> bytes; each becomes one file. */
  readonly parts: ReadonlyMap<string, Uint8Array>;
}

/**
 * Writes a checkpoint next to the present one: every part is a new file named by its content, fsynced; then the manifest is
 * renamed over the old one, which makes the new checkpoint valid; then files that the manifest does not name are deleted. At any time
 * the directory contains one complete checkpoint; the first one appears with its directory. Throws E_DISK; the old one is then unchanged.
 */
export async function writeCheckpoint(directory: string, content: CheckpointContent): Promise<void> {
  try {
    if (existsSync(directory)) {
      await writeInto(directory, content);
      return;
    }
    const beside = `${directory}.new`;
    await rm(beside, { recursive: true, force: true });
    makeDirectory(beside);
    await writeInto(beside, content);
    await rename(beside, directory);
    await syncDirectory(dirname(directory));
  } catch (cause) {
    throw diskError(cause, directory);
  }
}

/** Replaces a file in one step: written next to it, fsynced, renamed, the directory fsynced. Throws E_DISK. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeTemporary(path, bytes);
    await syncDirectory(dirname(path));
  } catch (cause) {
    throw diskError(cause, path);
  }
}

async function writeInto(directory: string, content: CheckpointContent): Promise<void> {
  const parts: Record<string, PartEntry> = {};
  for (const [name, bytes] of content.parts) {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const file = `${name}-${sha256.slice(0, 16)}`;
    // Never written in place: the current manifest may name this file.
    await writeTemporary(join(directory, file), bytes);
    parts[name] = { file, bytes: bytes.length, sha256 };
  }
  await syncDirectory(directory);
  const { runSha256, sessionUuid, sequence, policyVersion } = content;
  const manifest: Manifest = { format: FORMAT_VERSION, runSha256, sessionUuid, sequence, policyVersion, parts };
  await writeTemporary(join(directory, MANIFEST_FILE), new TextEncoder().encode(manifestText(manifest)));
  await syncDirectory(directory);
  await removeOthers(directory, new Set([MANIFEST_FILE, ...Object.values(parts).map((part) => part.file)]));
}

async function writeTemporary(path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.new`;
  const file = await open(beside, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function removeOthers(directory: string, keep: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!keep.has(name)) await rm(join(directory, name), { recursive: true, force: true });
  }
}

function diskError(cause: unknown, path: string): SoftqdError {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === undefined || cause instanceof SoftqdError) return toSoftqdError(cause);
  return new SoftqdError('E_DISK', `${path} could not be written: ${message}`, { cause, values: { path } });
}
