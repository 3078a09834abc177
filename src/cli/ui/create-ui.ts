import type { CommandSpec, TerminalUi } from '../host.ts';
import type { CliIo } from '../output.ts';
import { watchUi } from '../watch/watch-ui.ts';
import { jsonUi } from './json-ui.ts';
import { liveUi } from './live-ui.ts';
import { panelUi } from './panel-ui.ts';
import { plainUi } from './plain-ui.ts';

/** The look that fits the flags and the terminal; nothing it does ever throws into the command. */
export function createUi(io: CliIo, plan: CommandSpec, signal: AbortSignal): TerminalUi {
  if (plan.json) return jsonUi(io, signal);
  const steers = io.stdout.isTerminal && io.env['TERM'] !== 'dumb';
  if (plan.panel !== undefined) return panelUi(io, { ...plan, panel: plan.panel }, { signal, steers });
  if (!steers || plan.display === 'results') return plainUi(io, plan, signal);
  return plan.display === 'watch' ? watchUi(io, plan, signal) : liveUi(io, plan, signal);
}
