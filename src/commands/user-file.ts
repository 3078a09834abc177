import { readFileSync } from 'node:fs';
import { SoftqdError } from '../base/errors.ts';

/** Reads a file that the user named; `description` names its kind. Throws E_USAGE. */
export function readUserFile(file: string, description: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new SoftqdError('E_USAGE', `cannot read the ${description} ${file}: ${(cause as Error).message}`, {
      cause,
      hint: 'Check the path.',
    });
  }
}
