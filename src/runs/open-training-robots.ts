import { silentLogger } from '../base/logger.ts';
import type { SimulatedClock } from '../base/clock.ts';
import type { XoshiroRandom } from '../base/random.ts';
import type { CleanupStack } from './cleanup-stack.ts';
import type { CommandUi } from './command-ui.ts';
import { createGuardForRobot, createPolicy, type RobotAndTask } from './components.ts';
import { openSimulator } from './open-simulator.ts';
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
  const { selected, simulators, random, clock, ui, closer } = options;
  const { url, port } = selected.loaded.config.simulator;
  const robots: TrainingRobot[] = [];
  for (let i = 0; i < simulators; i++) {
    const connection = await openSimulator({
      ...{ selected, mode: 'lock-step', url, port: i === 0 ? port : 0 },
      ...{ clock, logger: silentLogger, ui, closer },
    });
    robots.push({
      connection,
      driver: connection.driver,
      task: selected.task,
      policy: createPolicy(selected, random.fork(`policy-${i}`), true),
      mode: 'sample',
      guard: createGuardForRobot(selected.robot, { simulated: true }),
    });
  }
  return robots;
}
