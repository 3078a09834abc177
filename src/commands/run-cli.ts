import { CommanderError } from 'commander';
import { toSoftqdError } from '../base/errors.ts';
import {
  EXIT_INTERRUPTED,
  createUi,
  type CliIo,
  type CommandRunner,
  type CommandSpec,
  type TerminalUi,
} from '../cli/index.ts';
import { buildProgram, fromCommander } from './program.ts';

export interface RunCliOptions {
  /** Without node and the script. */
  readonly argv: readonly string[];
  readonly io: CliIo;
  readonly signal: AbortSignal;
  readonly version: string;
  /** Hears of the look that is open, so that a signal handler can talk through it. */
  readonly onUi: (ui: TerminalUi) => void;
}

/** Parses, runs, prints; returns the exit code and never throws. */
export async function runCli({ argv, io, signal, version, onUi }: RunCliOptions): Promise<number> {
  let exitCode = 0;
  const host: CommandRunner = {
    io,
    execute: async (plan) => {
      exitCode = await executePlan(plan, { io, signal, onUi });
    },
  };
  try {
    await buildProgram(host, version).parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    const error = thrown instanceof CommanderError ? fromCommander(thrown) : toSoftqdError(thrown);
    if (error === null) return 0;
    const ui = createUi(
      io,
      { json: argv.includes('--json'), display: 'results', run: () => Promise.resolve(0) },
      signal,
    );
    ui.error(error);
    return error.exitCode;
  }
}

type Surroundings = Pick<RunCliOptions, 'io' | 'signal' | 'onUi'>;

async function executePlan(plan: CommandSpec, { io, signal, onUi }: Surroundings): Promise<number> {
  const ui = createUi(io, plan, signal);
  onUi(ui);
  try {
    const code = await plan.run(ui);
    return code === 0 && signal.aborted ? EXIT_INTERRUPTED : code;
  } catch (thrown) {
    if (signal.aborted && isAbort(thrown)) return EXIT_INTERRUPTED;
    const error = toSoftqdError(thrown);
    ui.error(error);
    return error.exitCode;
  } finally {
    ui.close();
  }
}

/** What an aborted signal makes Node and the platform throw. */
function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError';
}
