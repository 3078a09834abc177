import { readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { SoftqdError } from '../../base/errors.ts';

const MAX_FILE_BYTES = 128 * 1_048_576;
const MAX_TOTAL_BYTES = 1024 * 1_048_576;

/** Reads files inside some folders only: no path and no symbolic link leads out of them. The sum of what is read is bounded. */
export class BoundedFiles {
  private readonly roots: readonly string[];
  private readonly read = new Map<string, Uint8Array>();
  private totalBytes = 0;

  /** Folders that exist. */
  constructor(roots: readonly string[]) {
    this.roots = roots.map((root) => realpathSync(root));
  }

  /** A regular file of at most 128 MiB; `place` names what asks for it. Throws E_ROBOT_FILE. */
  bytes(file: string, place: string): Uint8Array {
    const known = this.read.get(file);
    if (known !== undefined) return known;
    const real = this.realPath(file, place);
    const status = statSync(real);
    if (!status.isFile()) throw failure(place, `${file} is not a regular file`, file);
    this.totalBytes += status.size;
    if (status.size > MAX_FILE_BYTES || this.totalBytes > MAX_TOTAL_BYTES)
      throw failure(place, `${file} has ${status.size} bytes: too large`, file);
    const bytes = readFileSync(real);
    this.read.set(file, bytes);
    return bytes;
  }

  private realPath(file: string, place: string): string {
    if (!this.contains(path.resolve(file))) throw this.outside(file, place);
    let real: string;
    try {
      real = realpathSync(file);
    } catch {
      throw failure(place, `${file} is not there`, file);
    }
    if (!this.contains(real)) throw this.outside(file, place);
    return real;
  }

  private outside(file: string, place: string): SoftqdError {
    return new SoftqdError('E_ROBOT_FILE', `${place}: ${file} is outside ${this.roots.join(' and ')}`, {
      hint: 'Only files beside the imported one, and those in folders named by --package NAME=DIR, are read.',
      values: { file },
    });
  }

  private contains(file: string): boolean {
    return this.roots.some((root) => {
      const relative = path.relative(root, file);
      return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
    });
  }
}

function failure(place: string, what: string, file: string): SoftqdError {
  return new SoftqdError('E_ROBOT_FILE', `${place}: ${what}`, {
    hint: 'Put the file where the model expects it, or name its package: --package NAME=DIR.',
    values: { file },
  });
}
