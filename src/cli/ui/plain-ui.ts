import type { LineFormat } from '../display.ts';
import type { TerminalUi } from '../host.ts';
import type { StopRequests } from '../../runs/stop-requests/index.ts';
import type { CliIo } from '../output.ts';
import { stderrMessages } from './messages.ts';
import { printable } from './table.ts';

/** For pipes, files and dumb terminals: events as lines, a live line every few seconds. */
export function plainUi<Event>(io: CliIo, format: LineFormat<Event>, stops: StopRequests): TerminalUi<Event> {
  let periodMs = 5000;
  let lastMs = -Infinity;
  return {
    signal: stops.signal,
    stops,
    ...stderrMessages(io),
    event: (event) => {
      const live = format.liveLine(event, Infinity);
      if (live !== null) {
        if (io.nowMs() - lastMs < periodMs) return;
        lastMs = io.nowMs();
      }
      const text = live ?? format.text(event);
      if (text !== null) io.stdout.write(`${printable(text)}\n`);
    },
    applySettings: (settings) => {
      periodMs = settings.progressPeriodS * 1000;
    },
    close: () => undefined,
  };
}
