import { silentLogger } from '../base/logger.ts';
import type { SimulatedClock } from '../base/clock.ts';
import type { XoshiroRandom } from '../base/random.ts';
import type { SimulatorConnection } from '../driver/index.ts';
import type { CleanupStack } from './cleanup-stack.ts';
import type { CommandUi } from './command-ui.ts';
import { createGuardForRobot, createPolicy, type RobotAndTask } from './components.ts';
import { openSimulator, simulatorLimitsText, simulatorSource } from './open-simulator.ts';
import type { TrainingRobot } from './training.ts';

export interface OpenTrainingRobotsOptions {
  readonly selected: RobotAndTask;
  readonly simulators: number;
  readonly random: XoshiroRandom;
  readonly clock: SimulatedClock;
  readonly ui: CommandUi;
  /** Closes what is opened here, last one first. */
  readonly closer: CleanupStack;
}

/** The simulated robots of a training run, connected, each with its exploring policy. */
export async function openTrainingRobots(options: OpenTrainingRobotsOptions): Promise<TrainingRobot[]> {
  const { selected, random, ui } = options;
  const connections = await openConnections(options);
  const limits = simulatorLimitsText(connections[0]!.spec);
  if (limits !== null) ui.info(limits);
  return connections.map((connection, i) => ({
    connection,
    driver: connection.driver,
    task: selected.task,
    policy: createPolicy(selected, random.fork(`policy-${i}`), true),
    mode: 'sample',
    guard: createGuardForRobot(selected.robot, { simulated: true }),
  }));
}

/** Commands start in parallel: each may need seconds. */
async function openConnections(options: OpenTrainingRobotsOptions): Promise<SimulatorConnection[]> {
  const { selected, simulators, clock, ui, closer } = options;
  const source = simulatorSource(selected.loaded.config.simulator);
  const openOne = (i: number): Promise<SimulatorConnection> =>
    openSimulator({
      ...{ selected, mode: 'lock-step', clock, logger: silentLogger, ui, closer },
      source: source.kind === 'embedded' && i > 0 ? { kind: 'embedded', port: 0 } : source,
    });
  if (source.kind === 'command') {
    const opened = await Promise.allSettled(Array.from({ length: simulators }, (_, i) => openOne(i)));
    return opened.map((result) => {
      if (result.status === 'rejected') throw result.reason as Error;
      return result.value;
    });
  }
  const connections: SimulatorConnection[] = [];
  for (let i = 0; i < simulators; i++) connections.push(await openOne(i));
  return connections;
}
