import type { CommandSpec, TerminalUi } from '../host.ts';
import type { CliIo } from '../output.ts';
import { errorText } from './error-text.ts';
import { eventLine, isCommandEvent, progressLine, statusLine } from './event-lines.ts';
import { Redraw } from './redraw.ts';
import { styleFor } from './style.ts';
import { printable } from './table.ts';

const CLEAR_LINE = '\r\u001b[K';

/** On a terminal: one live line that is rewritten, everything else above it. */
export function liveUi(io: CliIo, plan: CommandSpec, signal: AbortSignal): TerminalUi {
  let live: ((columns: number) => string) | null = null;
  const style = styleFor(io.stderr, io.env);
  const show = (): void => {
    const columns = Math.max(1, (io.stdout.columns ?? 80) - 1);
    io.stdout.write(`${CLEAR_LINE}${printable(live?.(columns) ?? '').slice(0, columns)}`);
  };
  const redraw = new Redraw(show, () => io.nowMs());
  const above = (write: () => void): void => {
    if (live !== null) io.stdout.write(CLEAR_LINE);
    write();
    if (live !== null) show();
  };
  const settle = (): void => {
    redraw.stop();
    if (live === null) return;
    show();
    io.stdout.write('\n');
    live = null;
  };
  return {
    signal,
    event: (event) => {
      if (!isCommandEvent(event)) {
        above(() => io.stdout.write(plan.render === undefined ? `${JSON.stringify(event)}\n` : plan.render(event)));
        return;
      }
      if (event.event === 'progress' || event.event === 'status') {
        live = (columns) => (event.event === 'progress' ? progressLine(event, columns) : statusLine(event));
        redraw.request();
        return;
      }
      if (event.event === 'done') settle();
      const line = eventLine(event);
      if (line !== null) above(() => io.stdout.write(`${printable(line)}\n`));
    },
    info: (text) => above(() => io.stderr.write(`${printable(text)}\n`)),
    error: (error) => above(() => io.stderr.write(errorText(error, style))),
    applySettings: (settings) => {
      redraw.intervalMs = 1000 / settings.refreshHz;
    },
    close: settle,
  };
}
