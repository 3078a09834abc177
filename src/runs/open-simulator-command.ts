import { setTimeout as delay } from 'node:timers/promises';
import { SoftqdError } from '../base/errors.ts';
import type { Config } from '../config/index.ts';
import { startSimulatorCommand } from '../processes/index.ts';
import type { CleanupStack } from './cleanup-stack.ts';
import type { CommandUi } from './command-ui.ts';

const CONNECT_PERIOD_MS = 50;
/** The connection of a process that exits is lost before its exit is known. */
const EXIT_AFTER_LOSS_MS = 300;

/** Whether a simulator that softqd started by its command has exited or was lost: it can be started again. */
export function isCommandLost(error: unknown, { command }: Config['simulator']): boolean {
  return command !== null && error instanceof SoftqdError && error.code === 'E_SIMULATOR_LOST';
}

export interface OpenSimulatorCommandOptions<Connection> {
  readonly command: string;
  readonly robot: string;
  readonly mode: 'lock-step' | 'real-time';
  readonly controlPeriodS: number;
  readonly startTimeoutMs: number;
  /** Throws E_CONNECT while nothing listens. `onLost`: to be called when the connection is lost later. */
  readonly connect: (
    where: { readonly url: string; readonly token: string },
    onLost: () => void,
  ) => Promise<Connection>;
  readonly ui: Pick<CommandUi, 'info' | 'signal'>;
  /** Stops the command. */
  readonly closer: CleanupStack;
}

/**
 * Starts a simulator by its command and connects as soon as it listens. Reports an exit that was not requested, and what a process wrote that
 * lives on without its connection. Throws E_SIMULATOR_LOST
 * when it exits before, E_TIMEOUT when it does not listen in time, E_CONNECT when canceled, and the other errors of `connect`.
 */
export async function openSimulatorCommand<Connection>(
  options: OpenSimulatorCommandOptions<Connection>,
): Promise<Connection> {
  const { command, ui, closer } = options;
  const process = await startSimulatorCommand(options);
  let state = 'connecting' as 'connecting' | 'connected' | 'lost' | 'exited' | 'closing';
  const lost = (): void => {
    if (state === 'connecting' || state === 'connected') state = 'lost';
  };
  closer.defer(async () => {
    if (state === 'lost') await Promise.race([process.exited, delay(EXIT_AFTER_LOSS_MS)]);
    if (state === 'lost') ui.info(`the simulator (${command}) was still running${process.lastOutput()}`);
    state = 'closing';
    return process.close();
  });
  const exit = process.exited.then((how) => {
    if (state === 'connected' || state === 'lost') ui.info(`the simulator (${command}) exited: ${how}`);
    if (state !== 'closing') state = 'exited';
    throw new SoftqdError(
      'E_SIMULATOR_LOST',
      `the simulator (${command}) exited before it accepted a connection: ${how}`,
      { hint: 'It must listen on SOFTQD_SIMULATOR_PORT; see docs/simulator-protocol.md.', values: { command } },
    );
  });
  exit.catch(() => undefined);
  try {
    const connection = await Promise.race([exit, connectWhenListening(options, { ...process, onLost: lost })]);
    if (state === 'connecting') state = 'connected';
    return connection;
  } catch (error) {
    lost();
    throw error;
  }
}

async function connectWhenListening<Connection>(
  { command, startTimeoutMs, connect, ui }: OpenSimulatorCommandOptions<Connection>,
  { url, token, onLost }: { readonly url: string; readonly token: string; readonly onLost: () => void },
): Promise<Connection> {
  const untilMs = performance.now() + startTimeoutMs;
  for (;;) {
    try {
      return await connect({ url, token }, onLost);
    } catch (error) {
      // Nothing listens there yet.
      if (!(error instanceof SoftqdError) || error.code !== 'E_CONNECT' || ui.signal.aborted) throw error;
      if (performance.now() > untilMs) {
        throw new SoftqdError(
          'E_TIMEOUT',
          `the simulator (${command}) did not listen on ${url} within ${startTimeoutMs} ms`,
          {
            hint: 'It must listen on SOFTQD_SIMULATOR_PORT; simulator.startTimeoutMs allows more time.',
            values: { command, url },
            cause: error,
          },
        );
      }
    }
    await delay(CONNECT_PERIOD_MS);
  }
}
