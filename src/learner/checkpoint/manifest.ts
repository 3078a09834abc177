import { sha256Hex } from '../../base/digest-adapter.ts';
import { SoftqdError } from '../../base/errors.ts';

export const MANIFEST_FILE = 'manifest.json';
export const FORMAT_VERSION = 1;
const MAX_PARTS = 64;

export interface PartEntry {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The contents of a checkpoint; valid as soon as its file is renamed into place. */
export interface Manifest {
  readonly format: number;
  /** SHA-256 of the definition of the run. */
  readonly runSha256: string;
  readonly sessionUuid: string;
  /** The last transition in it; -1 = none. */
  readonly sequence: number;
  /** Version of the snapshot that drives at this point; 0 = none. */
  readonly policyVersion: number;
  readonly parts: Readonly<Record<string, PartEntry>>;
}

/** Two members: the manifest and the SHA-256 of its text. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify({ manifest, sha256: sha256Hex(JSON.stringify(manifest)) }, null, 2)}\n`;
}

/** Throws E_CHECKPOINT naming `file` when it is truncated, altered or of another format. */
export function parseManifest(text: string, file: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw manifestError(file, 'incomplete', cause);
  }
  const { manifest, sha256 } = (value ?? {}) as { manifest?: Manifest; sha256?: string };
  if (typeof manifest !== 'object' || sha256Hex(JSON.stringify(manifest)) !== sha256) {
    throw manifestError(file, 'it does not match its own checksum');
  }
  if (manifest.format !== FORMAT_VERSION) {
    throw manifestError(file, `it has format ${manifest.format}, this version of softqd reads ${FORMAT_VERSION}`);
  }
  const names = Object.keys(manifest.parts);
  if (names.length > MAX_PARTS || Object.values(manifest.parts).some((part) => !/^[\w.-]+$/.test(part.file))) {
    throw manifestError(file, 'unexpected list of parts');
  }
  return manifest;
}

function manifestError(file: string, why: string, cause?: unknown): SoftqdError {
  return new SoftqdError('E_CHECKPOINT', `checkpoint manifest ${file}: ${why}`, {
    hint: 'Restore the checkpoint from a backup, or start a new run without --resume.',
    values: { file },
    cause,
  });
}
