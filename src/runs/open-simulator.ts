import { SoftqdError } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Config } from '../config/index.ts';
import type { SimulatorConnection } from '../driver/index.ts';
import { startEmbeddedSimulator } from '../processes/index.ts';
import type { CleanupStack } from './cleanup-stack.ts';
import type { CommandUi } from './command-ui.ts';
import { openSimulatorCommand } from './open-simulator-command.ts';
import type { ListeningEvent } from './run-events.ts';
import { connectToSimulator, simulatorLaunch, type RobotAndTask } from './components.ts';

/** Which simulator a run uses. */
export type SimulatorSource =
  /** `port` 0: any free one. */
  | { readonly kind: 'embedded'; readonly port: number }
  | { readonly kind: 'url'; readonly url: string }
  /** Started by softqd; see startSimulatorCommand. */
  | { readonly kind: 'command'; readonly command: string; readonly startTimeoutMs: number };

/** The simulator that simulator.url or simulator.command names, else the embedded one. */
export function simulatorSource({ url, command, startTimeoutMs, port }: Config['simulator']): SimulatorSource {
  if (command !== null) return { kind: 'command', command, startTimeoutMs };
  return url === null ? { kind: 'embedded', port } : { kind: 'url', url };
}

export interface OpenSimulatorOptions {
  readonly selected: Pick<RobotAndTask, 'robot' | 'loaded' | 'robotDirectory'>;
  readonly mode: 'lock-step' | 'real-time';
  readonly source: SimulatorSource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ui: Pick<CommandUi<ListeningEvent>, 'event' | 'info' | 'signal'>;
  /** Closes what is opened here, last one first. */
  readonly closer: CleanupStack;
}

const MODE_HINT = {
  'lock-step': {
    needs: 'pretraining and evaluation need lock-step',
    hint: 'Start it in lock-step (softqd simulate --lock-step), or run a policy in real time with softqd run.',
  },
  'real-time': {
    needs: 'softqd run needs real time',
    hint:
      'Start it in real time (softqd simulate --real-time). In lock-step softqd pretrain --simulator trains with it, and ' +
      'softqd evaluate --policy FILE --simulator plays a policy.',
  },
} as const;
const MODE_TEXT = { 'lock-step': 'in lock-step', 'real-time': 'in real time' } as const;

/**
 * Connects to a simulator as its controller; it is started first where it is embedded or a command. Throws E_PROTOCOL_MISMATCH when it runs
 * in another mode, E_SIMULATOR_LOST and E_TIMEOUT when the command exits or does not listen.
 */
export async function openSimulator(options: OpenSimulatorOptions): Promise<SimulatorConnection> {
  const { selected, mode, source, clock, logger, ui, closer } = options;
  const { controlPeriodS } = selected.robot;
  const how = { clock, logger, controlPeriodS, signal: ui.signal };
  const connection =
    source.kind === 'command'
      ? await openSimulatorCommand({
          ...{ ...source, mode, ui, closer, robot: selected.robot.name, controlPeriodS },
          connect: (where, onLost) => connectToSimulator(selected, { ...how, ...where, onLost }),
        })
      : await connectToSimulator(selected, {
          ...how,
          url: source.kind === 'url' ? source.url : await startEmbedded(options, source.port),
        });
  if (connection.mode === mode) {
    closer.defer(() => connection.driver.close());
    return connection;
  }
  await connection.driver.close();
  const { needs, hint } = MODE_HINT[mode];
  const name = source.kind === 'embedded' ? 'embedded' : source.kind === 'url' ? `at ${source.url}` : source.command;
  throw new SoftqdError('E_PROTOCOL_MISMATCH', `the simulator ${name} runs ${MODE_TEXT[connection.mode]}; ${needs}`, {
    hint,
  });
}

/** What a simulator cannot do, and what follows from it, as one line; null: it resets to states and saves them. */
export function simulatorLimitsText({ resetsBySeedOnly, savesNoState }: SimulatorConnection['spec']): string | null {
  const limits = [
    ...(resetsBySeedOnly ? ['chooses initial states by seed'] : []),
    ...(savesNoState ? ['saves no state: --resume repeats the open episode from its start'] : []),
  ];
  return limits.length === 0 ? null : `the simulator ${limits.join(' and ')}`;
}

async function startEmbedded({ selected, mode, ui, closer }: OpenSimulatorOptions, port: number): Promise<string> {
  const { robot, robotDirectory, loaded } = selected;
  const plan = simulatorLaunch(robot, robotDirectory, loaded, { mode, port });
  const child = await startEmbeddedSimulator(plan, (taken) =>
    ui.info(`port ${taken} is in use; the embedded simulator uses another one`),
  );
  closer.defer(() => child.close());
  const { controlPeriodS, name } = robot;
  ui.event({ event: 'listening', url: child.url, mode, robot: name, controlPeriodS });
  return child.url;
}
