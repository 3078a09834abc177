import { closeSync, openSync } from 'node:fs';
import { isatty } from 'node:tty';

/**
 * At the end of the process, replaces standard streams whose terminal was closed by /dev/null: Node.js restores the settings of a terminal
 * when it exits, and aborts (SIGABRT) when that fails. The exit code is then the one of the stop.
 */
export function detachClosedTerminal(): void {
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  process.once('exit', () => {
    for (const descriptor of terminals) {
      if (isatty(descriptor)) continue;
      try {
        closeSync(descriptor);
        // The lowest free descriptor: the one that was closed.
        openSync('/dev/null', 'r+');
      } catch {
        // Nothing is left to be restored.
      }
    }
  });
}
