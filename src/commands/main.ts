import { createRequire } from 'node:module';
import { toSoftqdError } from '../base/errors.ts';
import {
  detachClosedTerminal,
  EXIT_INTERRUPTED,
  streamOutput,
  watchInterrupts,
  type CliIo,
  type TerminalUi,
} from '../cli/index.ts';
import type { StopLevel } from '../runs/stop-requests/index.ts';
import { runCli } from './run-cli.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/** After a crash the process exits so much later, ms: the time of a confirmed stop. */
const CRASH_STOP_MS = 300;
const STOP_TEXT = { none: '', park: 'Going to the rest pose', stop: 'Stopping' } as const;
const NEXT_TEXT = { none: '', park: 'to stop here', stop: 'to stop the motors at once' } as const;

let ui: TerminalUi<never> | null = null;
const io: CliIo = {
  stdout: streamOutput(process.stdout),
  stderr: streamOutput(process.stderr),
  get stdin() {
    return process.stdin;
  },
  env: process.env,
  nowMs: () => performance.now(),
};

/** Exits immediately and restores the terminal. */
function exit(code: number): never {
  ui?.close();
  process.exit(code);
}

/** The motors are stopped first: a request that was written is carried out by the device. */
function exitOnCrash(thrown: unknown): void {
  interrupt.stops.stopMotors();
  const error = toSoftqdError(thrown);
  if (ui === null) io.stderr.write(`error: ${error.message} [${error.code}]\n`);
  else ui.error(error);
  if (!interrupt.stops.isArmed) exit(error.exitCode);
  setTimeout(() => exit(error.exitCode), CRASH_STOP_MS);
}

function onStopRequested(level: StopLevel): void {
  if (level === 'exit') {
    io.stderr.write('Exited immediately; unsaved data is lost.\n');
    exit(EXIT_INTERRUPTED);
  }
  if (level === 'emergency') ui?.info('Stopping the motors at once ... press Ctrl-C again to exit immediately.');
  else if (interrupt.stops.isArmed) ui?.info(`${STOP_TEXT[level]} ... press Ctrl-C again ${NEXT_TEXT[level]}.`);
  else ui?.info('Shutting down ... press Ctrl-C again to exit immediately.');
}

detachClosedTerminal();
const interrupt = watchInterrupts(onStopRequested);
process.on('uncaughtException', exitOnCrash);
process.on('unhandledRejection', exitOnCrash);
const code = await runCli({
  argv: process.argv.slice(2),
  io,
  stops: interrupt.stops,
  version,
  onUi: (opened) => (ui = opened),
});
await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
process.exit(code);
