import { createInterface } from 'node:readline';
import type { CliIo, InputStream } from './output.ts';

/** When a terminal is closed, its input ends shortly before SIGHUP aborts the signal. */
const HANG_UP_MS = 200;

/**
 * Asks a person on the terminal; true only for the answer `yes`. Rejects with the signal's reason when it is aborted, without a terminal there is
 * no such function.
 */
export type Confirm = (question: string, signal: AbortSignal) => Promise<boolean>;

/** null: input or output is not a terminal. */
export function confirmOn(io: CliIo): Confirm | null {
  const stdin = terminalInput(io);
  if (stdin === null) return null;
  return async (question, signal) => {
    io.stderr.write(`${question} Type yes to continue: `);
    return (await answerOf(stdin, signal)) === 'yes';
  };
}

/** As confirmOn, for a question about what happened: asks again until the answer is yes or no; the end of input is no. */
export function yesOrNoOn(io: CliIo): Confirm | null {
  const stdin = terminalInput(io);
  if (stdin === null) return null;
  return async (question, signal) => {
    for (;;) {
      io.stderr.write(`${question} [yes/no]: `);
      const answer = await answerOf(stdin, signal);
      if (answer === null || ['n', 'no'].includes(answer)) return false;
      if (['y', 'yes'].includes(answer)) return true;
    }
  };
}

function terminalInput({ stdin, stdout }: CliIo): InputStream | null {
  return stdin?.isTTY === true && stdout.isTerminal ? stdin : null;
}

/** The next line in lower case; null at the end of input. */
async function answerOf(stdin: InputStream, signal: AbortSignal): Promise<string | null> {
  const lines = createInterface({ input: stdin, terminal: false });
  try {
    const answer = await new Promise<string | null>((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason as Error);
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      lines.once('line', resolve);
      lines.once('close', () => setTimeout(() => resolve(null), HANG_UP_MS));
    });
    return answer?.trim().toLowerCase() ?? null;
  } finally {
    lines.close();
    stdin.pause();
  }
}
