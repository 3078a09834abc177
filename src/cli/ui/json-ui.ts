import type { TerminalUi } from '../host.ts';
import type { StopRequests } from '../../runs/stop-requests/index.ts';
import type { CliIo } from '../output.ts';
import { eventName } from './event-name.ts';
import { printable } from './table.ts';

/** --json: every event as one line of JSON on stdout, messages on stderr. `joints` events are for drawings and not printed. */
export function jsonUi<Event extends object>(io: CliIo, stops: StopRequests): TerminalUi<Event> {
  return {
    signal: stops.signal,
    stops,
    event: (event) => {
      if (eventName(event) !== 'joints') io.stdout.write(`${JSON.stringify(event)}\n`);
    },
    info: (text) => io.stderr.write(`${printable(text)}\n`),
    error: (error) => io.stdout.write(`${JSON.stringify(error)}\n`),
    applySettings: () => undefined,
    close: () => undefined,
  };
}
