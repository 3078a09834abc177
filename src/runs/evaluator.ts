import { XoshiroRandom } from '../base/random.ts';
import { silentLogger } from '../base/logger.ts';
import { SimulatedClock } from '../base/clock.ts';
import type { SimulatorConnection } from '../driver/index.ts';
import type { ActMode } from '../policy/port.ts';
import type { PolicySnapshot } from '../policy/index.ts';
import type { ResetState } from '../robot/reading.ts';
import type { Task } from '../task/port.ts';
import type { CleanupStack } from './cleanup-stack.ts';
import { playEpisodes, type EpisodeResults } from './episodes.ts';
import type { CommandUi } from './command-ui.ts';
import { createGuardForRobot, createPolicy, type RobotAndTask } from './components.ts';
import { openSimulator, simulatorSource } from './open-simulator.ts';
import { isCommandLost } from './open-simulator-command.ts';
import { seededInitialState } from './seeded-initial-state.ts';

interface EvaluationOptions {
  readonly mode: ActMode;
  readonly initialStates: readonly ResetState[];
  readonly seed: number;
  readonly signal: AbortSignal;
}

const MAX_RESTARTS = 2;

/** Evaluates policies in a separate lock-step simulator, which starts at first use; training is not affected. */
export class Evaluator {
  private readonly selected: RobotAndTask;
  private readonly closer: CleanupStack;
  private readonly ui: Pick<CommandUi<never>, 'info' | 'signal'>;
  private readonly clock = new SimulatedClock();
  private connection: SimulatorConnection | null = null;

  constructor(selected: RobotAndTask, closer: CleanupStack, ui: Pick<CommandUi<never>, 'info' | 'signal'>) {
    this.selected = selected;
    this.closer = closer;
    this.ui = ui;
  }

  /**
   * One episode from each initial state. `seed` determines the policy's draws. A simulator command that exits is started again, twice at most,
   * and the episodes are played again.
   */
  async play(snapshot: PolicySnapshot, options: EvaluationOptions): Promise<EpisodeResults> {
    for (let restarts = 0; ; restarts++) {
      const connection = await this.connect();
      try {
        return await this.playOn(connection, snapshot, options);
      } catch (error) {
        if (!isCommandLost(error, this.selected.loaded.config.simulator) || restarts >= MAX_RESTARTS) throw error;
        this.connection = null;
        this.ui.info('the simulator is started again; the episodes are played again');
      }
    }
  }

  private playOn(
    { driver, resetter }: SimulatorConnection,
    snapshot: PolicySnapshot,
    { mode, initialStates, seed, signal }: EvaluationOptions,
  ): Promise<EpisodeResults> {
    const { selected, clock } = this;
    const policy = createPolicy(selected, new XoshiroRandom(seed).fork('evaluation-policy'), false);
    policy.load(snapshot, 1);
    const guard = createGuardForRobot(selected.robot, { simulated: true });
    return playEpisodes(
      { driver, task: selected.task, policy, mode, guard },
      { resetter, initialStates, clock, signal },
    );
  }

  private async connect(): Promise<SimulatorConnection> {
    if (this.connection !== null) return this.connection;
    const { selected, closer, clock, ui } = this;
    const source = simulatorSource(selected.loaded.config.simulator);
    this.connection = await openSimulator({
      ...{ selected, mode: 'lock-step', clock, logger: silentLogger, closer },
      source: source.kind === 'embedded' ? { kind: 'embedded', port: 0 } : source,
      ui: { info: (text) => ui.info(text), event: () => undefined, signal: ui.signal },
    });
    return this.connection;
  }
}

/** The initial states of `--episodes N --seed S`: the same for every policy. */
export function sampleInitialStates(task: Task, episodes: number, seed: number): ResetState[] {
  const random = new XoshiroRandom(seed).fork('starts');
  return Array.from({ length: episodes }, (_, episode) => seededInitialState(task, random, episode));
}
