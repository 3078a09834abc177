import type { ResultsDisplay } from '../display.ts';
import type { TerminalUi } from '../host.ts';
import type { StopRequests } from '../../runs/stop-requests/index.ts';
import type { CliIo } from '../output.ts';
import { stderrMessages } from './messages.ts';

/** Prints every event as its command formats it. */
export function resultsUi<Event>(io: CliIo, { print }: ResultsDisplay<Event>, stops: StopRequests): TerminalUi<Event> {
  return {
    signal: stops.signal,
    stops,
    ...stderrMessages(io),
    event: (event) => io.stdout.write(print(event)),
    applySettings: () => undefined,
    close: () => undefined,
  };
}
