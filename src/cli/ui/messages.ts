import type { TerminalUi } from '../host.ts';
import type { CliIo } from '../output.ts';
import { errorText } from './error-text.ts';
import { styleFor } from './style.ts';
import { printable } from './table.ts';

/** Prints messages and errors to stderr. */
export function stderrMessages(io: CliIo): Pick<TerminalUi<never>, 'info' | 'error'> {
  const style = styleFor(io.stderr, io.env);
  return {
    info: (text) => io.stderr.write(`${printable(text)}\n`),
    error: (error) => io.stderr.write(errorText(error, style)),
  };
}
