import type { CommandSpec, TerminalUi } from '../host.ts';
import type { StopRequests } from '../../runs/stop-requests/index.ts';
import type { CliIo } from '../output.ts';
import { watchUi } from '../watch/watch-ui.ts';
import { jsonUi } from './json-ui.ts';
import { liveUi } from './live-ui.ts';
import { panelUi } from './panel-ui.ts';
import { plainUi } from './plain-ui.ts';
import { resultsUi } from './results-ui.ts';

/** The user interface that fits the flags, the command's display and the terminal. It never throws into the command. */
export function createUi<Event extends object>(
  io: CliIo,
  { json, display }: Pick<CommandSpec<Event>, 'json' | 'display'>,
  stops: StopRequests,
): TerminalUi<Event> {
  if (json) return jsonUi(io, stops);
  const canRewrite = io.stdout.isTerminal && io.env['TERM'] !== 'dumb';
  switch (display.kind) {
    case 'results':
      return resultsUi(io, display, stops);
    case 'panel':
      return panelUi(io, display.panel, { stops, canRewrite });
    case 'progress':
      return canRewrite ? liveUi(io, display, stops) : plainUi(io, display, stops);
    case 'watch':
      return canRewrite ? watchUi(io, display, stops) : plainUi(io, display, stops);
  }
}
