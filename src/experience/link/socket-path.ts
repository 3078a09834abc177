import { makeDirectory } from '../../base/make-directory-adapter.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SoftqdError } from '../../base/errors.ts';

/** sockaddr_un.sun_path has 108 bytes with the closing zero (unix(7)); macOS 104. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/**
 * A unique socket path in a new directory that only this user can access (0700), short enough for sun_path:
 * below XDG_RUNTIME_DIR, else the temporary directory, else /tmp. `remove` deletes the directory.
 */
export function privateSocketPath(): { readonly path: string; readonly remove: () => void } {
  const names = [process.env['XDG_RUNTIME_DIR'], tmpdir(), '/tmp'];
  for (const base of names) {
    if (base === undefined || base === '' || Buffer.byteLength(base) + '/softqd-XXXXXX/learner'.length > MAX_PATH_BYTES)
      continue;
    try {
      const directory = mkdtempSync(join(base, 'softqd-'));
      const remove = (): void => rmSync(directory, { recursive: true, force: true });
      return { path: join(directory, 'learner'), remove };
    } catch {
      // Not writable: the next place.
    }
  }
  throw new SoftqdError('E_DATA_DIRECTORY', 'cannot create the learner socket', {
    hint: 'Set XDG_RUNTIME_DIR or TMPDIR to a writable directory with a short path.',
  });
}

/** Refuses a path the kernel cannot hold; creates its directory, for this user alone, when it is missing. */
export function prepareSocketPath(path: string): void {
  if (path.startsWith('\0')) return;
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_PATH_BYTES) {
    throw new SoftqdError('E_CONNECT', `socket path too long (${bytes} bytes, maximum ${MAX_PATH_BYTES}): ${path}`, {
      hint: 'Choose a shorter path.',
      values: { path, bytes, maximum: MAX_PATH_BYTES },
    });
  }
  makeDirectory(dirname(path), 0o700);
}
