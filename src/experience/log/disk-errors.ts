import { SoftqdError } from '../../base/errors.ts';

const DIRECTORY_CODES = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOENT', 'EEXIST', 'EISDIR']);

/** The operating system's code of an error, such as ENOSPC, or ''. */
export function systemCode(thrown: unknown): string {
  const code: unknown = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** Why a log directory cannot be used: E_DATA_DIRECTORY where it is not writable, else E_DISK. */
export function directoryError(thrown: unknown, directory: string): SoftqdError {
  const cause = systemCode(thrown);
  if (DIRECTORY_CODES.has(cause)) {
    return new SoftqdError('E_DATA_DIRECTORY', `the log cannot be written in ${directory}: ${cause}`, {
      values: { directory, cause },
      cause: thrown,
    });
  }
  return diskError(thrown, directory);
}

/** E_DISK: writing or reading failed (disk full, device error). */
export function diskError(thrown: unknown, path: string): SoftqdError {
  if (thrown instanceof SoftqdError) return thrown;
  const cause = systemCode(thrown);
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new SoftqdError('E_DISK', `${path}: ${cause === 'ENOSPC' ? 'no space left on the disk' : reason}`, {
    values: { path, cause },
    cause: thrown,
  });
}

/** E_LOG_FILE: a requested log cannot be opened. */
export function openError(thrown: unknown, path: string): SoftqdError {
  const cause = systemCode(thrown);
  return new SoftqdError('E_LOG_FILE', `${path} cannot be opened: ${cause === 'ENOENT' ? 'file not found' : cause}`, {
    hint: 'Pass an .mcap file or a directory of .mcap files.',
    values: { path, cause },
    cause: thrown,
  });
}
