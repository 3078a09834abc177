import type { CommandSpec, TerminalUi } from '../host.ts';
import type { CliIo } from '../output.ts';
import { errorText } from './error-text.ts';
import { eventLine, isCommandEvent } from './event-lines.ts';
import { styleFor } from './style.ts';
import { printable } from './table.ts';

/** For pipes, files and dumb terminals: results and events as lines, progress every few seconds. */
export function plainUi(io: CliIo, plan: CommandSpec, signal: AbortSignal): TerminalUi {
  let everyMs = 5000;
  let lastMs = -Infinity;
  const style = styleFor(io.stderr, io.env);
  return {
    signal,
    event: (event) => {
      if (!isCommandEvent(event)) {
        io.stdout.write(plan.render === undefined ? `${JSON.stringify(event)}\n` : plan.render(event));
        return;
      }
      if (event.event === 'progress' || event.event === 'status') {
        if (io.nowMs() - lastMs < everyMs) return;
        lastMs = io.nowMs();
      }
      const line = eventLine(event);
      if (line !== null) io.stdout.write(`${printable(line)}\n`);
    },
    info: (text) => io.stderr.write(`${printable(text)}\n`),
    error: (error) => io.stderr.write(errorText(error, style)),
    applySettings: (settings) => {
      everyMs = settings.progressPeriodS * 1000;
    },
    close: () => undefined,
  };
}
