import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SoftqdError } from '../../base/errors.ts';
import { MANIFEST_FILE, parseManifest, type Manifest } from './manifest.ts';

/** More than any manifest has; it contains the sizes of the parts. */
const MAX_MANIFEST_BYTES = 1 << 20;

export interface Checkpoint {
  readonly manifest: Manifest;
  readonly parts: ReadonlyMap<string, Uint8Array>;
}

/** true when a checkpoint was ever completed: its directory is renamed when complete, so one without a manifest is corrupt. */
export async function checkpointExists(directory: string): Promise<boolean> {
  try {
    await stat(directory);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw refuse(directory, `it cannot be read: ${(error as Error).message}`, error);
  }
}

/**
 * Reads and verifies all parts. Throws E_CHECKPOINT naming the file for a missing file, any altered byte and a half-written manifest.
 */
export async function readCheckpoint(directory: string): Promise<Checkpoint> {
  const manifest = await readManifest(directory);
  const parts = new Map<string, Uint8Array>();
  for (const name of Object.keys(manifest.parts)) parts.set(name, await readPart(directory, manifest, name));
  return { manifest, parts };
}

/** What the daemon passed to `LearnerLink.checkpoint`, verified; null when no checkpoint was ever completed. Throws E_CHECKPOINT as readCheckpoint. */
export async function readDaemonCheckpoint(directory: string): Promise<Uint8Array | null> {
  if (!(await checkpointExists(directory))) return null;
  return readPart(directory, await readManifest(directory), 'daemon');
}

async function readManifest(directory: string): Promise<Manifest> {
  const file = join(directory, MANIFEST_FILE);
  return parseManifest(new TextDecoder().decode(await readBounded(file, MAX_MANIFEST_BYTES)), file);
}

async function readPart(directory: string, manifest: Manifest, name: string): Promise<Uint8Array> {
  const entry = manifest.parts[name];
  if (entry === undefined) throw refuse(join(directory, MANIFEST_FILE), `it has no part "${name}"`);
  const file = join(directory, entry.file);
  const bytes = await readBounded(file, entry.bytes);
  if (bytes.length !== entry.bytes) throw refuse(file, `size is ${bytes.length} bytes, manifest says ${entry.bytes}`);
  if (createHash('sha256').update(bytes).digest('hex') !== entry.sha256)
    throw refuse(file, 'its content was altered or damaged');
  return bytes;
}

async function readBounded(file: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    if (size > maxBytes) throw refuse(file, `size is ${size} bytes, maximum is ${maxBytes}`);
    return await readFile(file);
  } catch (cause) {
    if (cause instanceof SoftqdError) throw cause;
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw refuse(file, missing ? 'the file is missing' : `it cannot be read: ${(cause as Error).message}`, cause);
  }
}

function refuse(file: string, why: string, cause?: unknown): SoftqdError {
  return new SoftqdError('E_CHECKPOINT', `checkpoint file ${file}: ${why}`, {
    hint: 'Restore the checkpoint from a backup, or start a new run without --resume.',
    values: { file },
    cause,
  });
}
