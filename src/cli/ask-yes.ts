import { createInterface } from 'node:readline';
import type { CliIo } from './output.ts';

/**
 * Asks a person on the terminal; true only for the answer `yes`. Rejects with the signal's reason when it is aborted, without a terminal there is
 * no such function.
 */
export type Confirm = (question: string, signal: AbortSignal) => Promise<boolean>;

/** null: input or output is not a terminal. */
export function confirmOn({ stdin, stdout, stderr }: CliIo): Confirm | null {
  if (stdin?.isTTY !== true || !stdout.isTerminal) return null;
  return async (question, signal) => {
    stderr.write(`${question} Type yes to continue: `);
    const lines = createInterface({ input: stdin, terminal: false });
    try {
      const answer = await new Promise<string>((resolve, reject) => {
        const onAbort = (): void => reject(signal.reason as Error);
        if (signal.aborted) onAbort();
        signal.addEventListener('abort', onAbort, { once: true });
        lines.once('line', resolve);
        lines.once('close', () => resolve(''));
      });
      return answer.trim().toLowerCase() === 'yes';
    } finally {
      lines.close();
      stdin.pause();
    }
  };
}
