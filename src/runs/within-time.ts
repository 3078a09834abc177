import { SoftqdError } from '../base/errors.ts';

/** The result of `work`; rejects with E_TIMEOUT after `timeoutMs`. The work continues and its result is dropped. */
export async function withinTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SoftqdError('E_TIMEOUT', `no response within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
