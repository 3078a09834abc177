import type { SoftqdError } from '../../base/errors.ts';
import type { TerminalUi } from '../host.ts';
import type { CliIo } from '../output.ts';
import { printable } from './table.ts';

/** --json: one object a line on stdout, people's text on stderr. Drawings (`joints`) are not printed. */
export function jsonUi(io: CliIo, signal: AbortSignal): TerminalUi {
  return {
    signal,
    event: (event) => {
      if (event['event'] !== 'joints') io.stdout.write(`${JSON.stringify(event)}\n`);
    },
    info: (text) => io.stderr.write(`${printable(text)}\n`),
    error: (error: SoftqdError) => io.stdout.write(`${JSON.stringify(error)}\n`),
    applySettings: () => undefined,
    close: () => undefined,
  };
}
