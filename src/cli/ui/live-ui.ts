import type { LineFormat } from '../display.ts';
import type { TerminalUi } from '../host.ts';
import type { StopRequests } from '../../runs/stop-requests/index.ts';
import type { CliIo } from '../output.ts';
import { eventName } from './event-name.ts';
import { stderrMessages } from './messages.ts';
import { Redraw } from './redraw.ts';
import { printable } from './table.ts';

const CLEAR_LINE = '\r\u001b[K';

/** On a terminal: one live line that is rewritten, everything else above it. A `done` event ends the live line. */
export function liveUi<Event extends object>(
  io: CliIo,
  format: LineFormat<Event>,
  stops: StopRequests,
): TerminalUi<Event> {
  let live: Event | null = null;
  const messages = stderrMessages(io);
  const show = (): void => {
    const columns = Math.max(1, (io.stdout.columns ?? 80) - 1);
    const line = live === null ? '' : (format.liveLine(live, columns) ?? '');
    io.stdout.write(`${CLEAR_LINE}${printable(line).slice(0, columns)}`);
  };
  const redraw = new Redraw(show, () => io.nowMs());
  const above = (write: () => void): void => {
    if (live !== null) io.stdout.write(CLEAR_LINE);
    write();
    if (live !== null) show();
  };
  const finish = (): void => {
    redraw.stop();
    if (live === null) return;
    show();
    io.stdout.write('\n');
    live = null;
  };
  return {
    signal: stops.signal,
    stops,
    event: (event) => {
      if (format.liveLine(event, Infinity) !== null) {
        live = event;
        redraw.request();
        return;
      }
      if (eventName(event) === 'done') finish();
      const text = format.text(event);
      if (text !== null) above(() => io.stdout.write(`${printable(text)}\n`));
    },
    info: (text) => above(() => messages.info(text)),
    error: (error) => above(() => messages.error(error)),
    applySettings: (settings) => {
      redraw.intervalMs = 1000 / settings.refreshHz;
    },
    close: finish,
  };
}
