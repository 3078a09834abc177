import type { StopRequests } from '../runs/stop-requests/index.ts';
import { listenToKeys } from './key-input.ts';
import type { CliIo } from './output.ts';

/** What the keys of `stopOnKeys` do, for the display. */
export const STOP_KEYS_TEXT = 'space or Ctrl-C stops';

/**
 * On a terminal: space and Ctrl-C request a stop, and again an emergency stop. Returns the function that restores the terminal; null
 * without a terminal.
 */
export function stopOnKeys({ stdin, stdout }: CliIo, stops: StopRequests): (() => void) | null {
  if (stdin?.isTTY !== true || !stdout.isTerminal) return null;
  return listenToKeys(stdin, (key) => {
    // In raw mode Ctrl-C is a key.
    if (key === 'space' || key === 'interrupt') stops.escalate('stop');
  });
}
