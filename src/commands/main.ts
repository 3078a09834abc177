import { createRequire } from 'node:module';
import { toSoftqdError } from '../base/errors.ts';
import { EXIT_INTERRUPTED, streamOutput, watchInterrupts, type CliIo, type TerminalUi } from '../cli/index.ts';
import { runCli } from './run-cli.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

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

function exitOnCrash(thrown: unknown): void {
  const error = toSoftqdError(thrown);
  if (ui === null) io.stderr.write(`error: ${error.message} [${error.code}]\n`);
  else ui.error(error);
  exit(error.exitCode);
}

process.on('uncaughtException', exitOnCrash);
process.on('unhandledRejection', exitOnCrash);
const interrupt = watchInterrupts(
  () => ui?.info('Shutting down ... press Ctrl-C again to exit immediately.'),
  () => {
    io.stderr.write('Exited immediately; unsaved data is lost.\n');
    exit(EXIT_INTERRUPTED);
  },
);
const code = await runCli({
  argv: process.argv.slice(2),
  io,
  signal: interrupt.signal,
  version,
  onUi: (opened) => (ui = opened),
});
await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
process.exit(code);
