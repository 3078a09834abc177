import type { CommandPlan, TerminalUi } from '../host.ts';
import type { CliIo } from '../output.ts';
import { errorText } from './error-text.ts';
import { eventLine, isCommandEvent } from './event-lines.ts';
import { Redraw } from './redraw.ts';
import { styleFor } from './style.ts';
import { printable } from './table.ts';

const CLEAR_LINE = '\r\u001b[K';

/** On a terminal: one live line that is rewritten, everything else above it. */
export function liveUi(io: CliIo, plan: CommandPlan, signal: AbortSignal): TerminalUi {
  let live = '';
  const style = styleFor(io.stderr, io.env);
  const show = (): void =>
    io.stdout.write(`${CLEAR_LINE}${printable(live).slice(0, Math.max(1, (io.stdout.columns ?? 80) - 1))}`);
  const redraw = new Redraw(show, () => io.nowMs());
  const above = (write: () => void): void => {
    if (live !== '') io.stdout.write(CLEAR_LINE);
    write();
    if (live !== '') show();
  };
  return {
    signal,
    event: (event) => {
      if (!isCommandEvent(event)) {
        above(() => io.stdout.write(plan.render === undefined ? `${JSON.stringify(event)}\n` : plan.render(event)));
        return;
      }
      const line = eventLine(event);
      if (line === null) return;
      if (event.event === 'progress' || event.event === 'status') {
        live = line;
        redraw.request();
      } else above(() => io.stdout.write(`${printable(line)}\n`));
    },
    note: (text) => above(() => io.stderr.write(`${printable(text)}\n`)),
    error: (error) => above(() => io.stderr.write(errorText(error, style))),
    applySettings: (settings) => {
      redraw.intervalMs = 1000 / settings.refreshHz;
    },
    close: () => {
      redraw.stop();
      if (live !== '') {
        show();
        io.stdout.write('\n');
      }
      live = '';
    },
  };
}
