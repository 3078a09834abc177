import { copyFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SoftqdError } from '../base/errors.ts';
import { makeDirectory } from '../base/make-directory-adapter.ts';

/** Copies the run's policy to `to`, completely or not at all. Throws E_DISK. */
export async function publishPolicy(from: string, to: string): Promise<void> {
  try {
    makeDirectory(dirname(to));
    await copyFile(from, `${to}.partial`);
    await rename(`${to}.partial`, to);
  } catch (cause) {
    throw new SoftqdError('E_DISK', `cannot write the policy to ${to}: ${(cause as Error).message}`, {
      cause,
      hint: `The policy is saved in ${from}.`,
    });
  }
}
