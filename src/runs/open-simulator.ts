import { SoftqdError } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { SimulatorConnection } from '../driver/index.ts';
import { startEmbeddedSimulator } from '../processes/index.ts';
import type { CleanupStack } from './cleanup-stack.ts';
import type { CommandUi } from './command-ui.ts';
import type { ListeningEvent } from './run-events.ts';
import { connectToSimulator, simulatorLaunch, type RobotAndTask } from './components.ts';

export interface OpenSimulatorOptions {
  readonly selected: Pick<RobotAndTask, 'robot' | 'loaded' | 'robotDirectory'>;
  readonly mode: 'lock-step' | 'real-time';
  /** null: the embedded simulator. */
  readonly url: string | null;
  /** Of the embedded simulator; 0: any free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ui: CommandUi<ListeningEvent>;
  /** Closes what is opened here, last one first. */
  readonly closer: CleanupStack;
}

const MODE_HINT = {
  'lock-step': { needs: 'pretraining needs lock-step', hint: 'Start it with softqd simulate --lock-step.' },
  'real-time': {
    needs: 'softqd run needs real time',
    hint: 'Start it with softqd simulate --real-time, or learn in lock-step with softqd pretrain.',
  },
} as const;
const MODE_TEXT = { 'lock-step': 'in lock-step', 'real-time': 'in real time' } as const;

/** Connects to the simulator at `url`, or starts the embedded one. Throws E_PROTOCOL_MISMATCH when it runs in another mode. */
export async function openSimulator(options: OpenSimulatorOptions): Promise<SimulatorConnection> {
  const { selected, mode, clock, logger, ui, closer } = options;
  const url = options.url ?? (await startEmbedded(options));
  const { controlPeriodS } = selected.robot;
  const connection = await connectToSimulator(selected, { url, clock, logger, controlPeriodS, signal: ui.signal });
  if (connection.mode === mode) {
    closer.defer(() => connection.driver.close());
    return connection;
  }
  await connection.driver.close();
  const { needs, hint } = MODE_HINT[mode];
  throw new SoftqdError('E_PROTOCOL_MISMATCH', `the simulator at ${url} runs ${MODE_TEXT[connection.mode]}; ${needs}`, {
    hint,
  });
}

async function startEmbedded({ selected, mode, port, ui, closer }: OpenSimulatorOptions): Promise<string> {
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
