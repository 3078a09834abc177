import { XoshiroRandom } from '../base/random.ts';
import type { Logger } from '../base/logger.ts';
import { SimulatedClock } from '../base/clock.ts';
import type { SimulatorConnection } from '../driver/index.ts';
import type { ActMode } from '../policy/port.ts';
import type { PolicySnapshot } from '../policy/index.ts';
import type { ResetState } from '../robot/reading.ts';
import type { Task } from '../task/port.ts';
import type { CleanupStack } from './cleanup-stack.ts';
import { playEpisodes, type EpisodeResults } from './episodes.ts';
import {
  connectToSimulator,
  createGuardForRobot,
  createPolicy,
  simulatorLaunch,
  type RobotAndTask,
} from './components.ts';
import { startSimulatorChild } from '../processes/index.ts';

/** Evaluates policies in a separate lock-step simulator, which starts at first use; training is not affected. */
export class Evaluator {
  private readonly selected: RobotAndTask;
  private readonly closer: CleanupStack;
  private readonly logger: Logger;
  private readonly clock = new SimulatedClock();
  private connection: SimulatorConnection | null = null;

  constructor(selected: RobotAndTask, closer: CleanupStack, logger: Logger) {
    this.selected = selected;
    this.closer = closer;
    this.logger = logger;
  }

  /** One episode from each initial state. `seed` determines the policy's draws. */
  async play(
    snapshot: PolicySnapshot,
    options: { mode: ActMode; initialStates: readonly ResetState[]; seed: number; signal: AbortSignal },
  ): Promise<EpisodeResults> {
    const connection = await this.connect();
    const policy = createPolicy(this.selected, new XoshiroRandom(options.seed).fork('evaluation-policy'), false);
    policy.load(snapshot, 1);
    const robot = {
      driver: connection.driver,
      task: this.selected.task,
      policy,
      mode: options.mode,
      guard: createGuardForRobot(this.selected.robot, { simulated: true }),
    };
    return playEpisodes(robot, {
      resetter: connection.resetter,
      initialStates: options.initialStates,
      clock: this.clock,
      signal: options.signal,
    });
  }

  private async connect(): Promise<SimulatorConnection> {
    if (this.connection !== null) return this.connection;
    const { robot, robotDirectory, loaded } = this.selected;
    const child = await startSimulatorChild(
      simulatorLaunch(robot, robotDirectory, loaded, { mode: 'lock-step', port: 0 }),
    );
    this.closer.defer(() => child.close());
    const connection = await connectToSimulator(this.selected, {
      url: child.url,
      clock: this.clock,
      logger: this.logger,
      controlPeriodS: robot.controlPeriodS,
    });
    this.closer.defer(() => connection.driver.close());
    this.connection = connection;
    return connection;
  }
}

/** The initial states of `--episodes N --seed S`: the same for every policy. */
export function sampleInitialStates(task: Task, episodes: number, seed: number): ResetState[] {
  const random = new XoshiroRandom(seed).fork('starts');
  return Array.from({ length: episodes }, () => task.sampleInitialState(random));
}
