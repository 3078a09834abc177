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
import type { StopRequests } from '../runs/stop-requests/index.ts';
import { withCommand } from './overview/command.ts';
import { buildProgram, fromCommander } from './program.ts';

interface RunCliOptions {
  /** Without node and the script. */
  readonly argv: readonly string[];
  readonly io: CliIo;
  readonly stops: StopRequests;
  readonly version: string;
  /** Called with the user interface of the command, so that a signal handler can print through it. */
  readonly onUi: (ui: TerminalUi<never>) => void;
}

/** Parses the arguments, runs the command and prints its result. Returns the exit code and never throws. */
export async function runCli({ argv, io, stops, version, onUi }: RunCliOptions): Promise<number> {
  let exitCode = 0;
  const host: CommandRunner = {
    io,
    execute: async (spec) => {
      exitCode = await executeCommand(spec, { io, stops, onUi });
    },
  };
  const program = buildProgram(host, version);
  try {
    await program.parseAsync(withCommand(argv), { from: 'user' });
    return exitCode;
  } catch (thrown) {
    const error = thrown instanceof CommanderError ? fromCommander(thrown, program) : toSoftqdError(thrown);
    if (error === null) return 0;
    createUi<never>(io, { json: argv.includes('--json'), display: { kind: 'results', print: () => '' } }, stops).error(
      error,
    );
    return error.exitCode;
  }
}

type CliContext = Pick<RunCliOptions, 'io' | 'stops' | 'onUi'>;

async function executeCommand<Event extends object>(
  spec: CommandSpec<Event>,
  { io, stops, onUi }: CliContext,
): Promise<number> {
  const ui = createUi(io, spec, stops);
  onUi(ui);
  const { signal } = stops;
  try {
    const code = await spec.run(ui);
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

/** Whether an error was caused by an aborted signal. */
function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError';
}
