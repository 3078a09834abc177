import { setTimeout as delay } from 'node:timers/promises';
import { SoftqdError } from '../base/errors.ts';
import type { SimulatorConnection } from '../driver/index.ts';
import { startSimulatorCommand } from '../processes/index.ts';
import type { CleanupStack } from './cleanup-stack.ts';
import type { CommandUi } from './command-ui.ts';
import { connectToSimulator, type ConnectOptions, type RobotAndTask } from './components.ts';

const CONNECT_PERIOD_MS = 50;

export interface OpenSimulatorCommandOptions {
  readonly selected: Pick<RobotAndTask, 'robot' | 'loaded'>;
  readonly mode: 'lock-step' | 'real-time';
  readonly source: { readonly command: string; readonly startTimeoutMs: number };
  readonly how: Omit<ConnectOptions, 'url' | 'token'>;
  readonly ui: Pick<CommandUi, 'info' | 'signal'>;
  /** Stops the command. */
  readonly closer: CleanupStack;
}

/**
 * Starts a simulator by its command and connects as soon as it listens. Reports an exit that was not requested. Throws E_SIMULATOR_LOST when
 * it exits before, E_TIMEOUT when it does not listen in time, E_CONNECT when canceled, and the errors of connectSimulator.
 */
export async function openSimulatorCommand(options: OpenSimulatorCommandOptions): Promise<SimulatorConnection> {
  const { selected, mode, source, how, ui, closer } = options;
  const { command } = source;
  const { name: robot, controlPeriodS } = { ...selected.robot, ...how };
  const process = await startSimulatorCommand({ command, robot, mode, controlPeriodS });
  let state: 'connecting' | 'connected' | 'closing' = 'connecting';
  closer.defer(() => {
    state = 'closing';
    return process.close();
  });
  void process.exited.then((how) => {
    if (state === 'connected') ui.info(`the simulator (${command}) exited: ${how}`);
  });
  const exit = process.exited.then((how) => {
    throw new SoftqdError(
      'E_SIMULATOR_LOST',
      `the simulator (${command}) exited before it accepted a connection: ${how}`,
      {
        hint: 'It must listen on SOFTQD_SIMULATOR_PORT; see docs/simulator-protocol.md.',
        values: { command },
      },
    );
  });
  exit.catch(() => undefined);
  const connection = await Promise.race([exit, connectWhenListening(options, process)]);
  state = 'connected';
  return connection;
}

async function connectWhenListening(
  { selected, source, how, ui }: OpenSimulatorCommandOptions,
  { url, token }: { readonly url: string; readonly token: string },
): Promise<SimulatorConnection> {
  const { command, startTimeoutMs } = source;
  const untilMs = performance.now() + startTimeoutMs;
  for (;;) {
    try {
      return await connectToSimulator(selected, { ...how, url, token });
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
