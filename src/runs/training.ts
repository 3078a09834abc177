import { merge, Subject } from 'rxjs';
import { NS_PER_S, type SimulatedClock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import {
  beginEpisode,
  controlLoop,
  lockStepTicks,
  restoreEpisode,
  saveEpisode,
  withRobot,
  type ClosedTick,
  type LoopState,
  type RobotComponents,
  type RobotState,
} from '../control/index.ts';
import type { SimulatorConnection } from '../driver/index.ts';
import type { TransitionLog } from '../experience/index.ts';
import type { ActingPolicy } from '../policy/index.ts';
import type { ResetState } from '../robot/reading.ts';
import type { GuardMemory } from '../safety/port.ts';
import { attach } from './attach.ts';
import {
  encodeDaemonCheckpoint,
  restoreInitialState,
  saveActivePolicy,
  saveInitialState,
  type DaemonCheckpoint,
  type SavedInstance,
} from './daemon-checkpoint.ts';
import { crossesMultiple, waitsForLearner } from './learner-waits.ts';
import type { LearningSession } from './learning-session.ts';
import { loopEnd } from './loop-end.ts';
import type { PolicySwitcher } from './policy-switcher.ts';
import { seededInitialState } from './seeded-initial-state.ts';

/** One simulated robot of a training run. */
export interface TrainingRobot extends RobotComponents {
  readonly connection: SimulatorConnection;
  readonly policy: ActingPolicy;
}

export interface TrainingOptions {
  readonly robots: readonly TrainingRobot[];
  /** The simulated time with which the drivers stamp their readings. */
  readonly clock: SimulatedClock;
  readonly log: Pick<TransitionLog, 'ready' | 'flush'>;
  readonly session: LearningSession;
  readonly switcher: PolicySwitcher;
  /** Draws initial states. */
  readonly initialStateRng: Random;
  readonly stepsTotal: number;
  /** The learner is waited for where the policy may change and where it reports; it lags behind between these steps. */
  readonly policySyncSteps: number;
  readonly metricsEverySteps: number;
  readonly checkpointEverySteps: number;
  readonly evaluateEverySteps: number;
  readonly signal: AbortSignal;
  readonly sessionUuid: string;
  /** Subscribers to ended steps (log, learner link, progress), in this order; the barrier waits for the first two. */
  readonly receivers: readonly ((tick: ClosedTick) => void)[];
  readonly hooks: TrainingHooks;
}

interface TrainingHooks {
  /** `step`: the episode's last one, counted over the run. */
  onEpisodeEnd(episode: number, episodeReturn: number, step: number, outcome: string | null): void;
  /** Called when the learner was waited for and has finished all steps, with the simulated time. */
  onLearned(timeNs: number): void;
  /** Called at every multiple of evaluateEverySteps once there is a policy; true ends the run (solved). */
  evaluate(step: number): Promise<boolean>;
}

/**
 * A lock-step learning run: the control loop, whose barrier waits for log, learner, evaluation and checkpoints. It waits for the learner
 * only where something depends on it: updates of the steps before run while the next steps are taken. Each update sees exactly the
 * transitions up to its own step, and a policy acts from its step on, however fast either side is.
 */
export class Training {
  solvedAtStep: number | null = null;
  private readonly options: TrainingOptions;
  private readonly clock: SimulatedClock;
  private readonly returns: number[];
  /** Of the open episodes. */
  private readonly initialStates: ResetState[] = [];
  private nextEpisode = 0;
  private checkpointedAt = -1;
  private state: LoopState = { nextSequence: 0, robots: [] };

  constructor(options: TrainingOptions) {
    this.options = options;
    this.clock = options.clock;
    this.returns = options.robots.map(() => 0);
  }

  /** Transitions of the run so far. */
  get stepsDone(): number {
    return this.state.nextSequence;
  }

  /** Starts an episode with each robot, or resumes them from `checkpoint`. */
  async begin(checkpoint: DaemonCheckpoint | null): Promise<void> {
    if (checkpoint !== null) this.restore(checkpoint);
    const robots: RobotState[] = [];
    for (const [i, { guard, policy }] of this.options.robots.entries()) {
      const saved = checkpoint?.instances?.[i];
      if (saved !== undefined) policy.restore(saved.policyNoise);
      const isWorldSaved = saved !== undefined && saved.worldBase64 !== null;
      let state = isWorldSaved
        ? await this.resumeEpisode(i, saved, saved.worldBase64)
        : await this.beginEpisode(i, guard.initialMemory, saved?.initialState ?? null);
      if (guard.state !== 'armed') {
        const armed = guard.arm(state.guard, state.reading);
        if (!isWorldSaved) state = { ...state, guard: armed };
      }
      robots.push(state);
    }
    this.state = { ...this.state, robots };
  }

  /** Runs to the total, to `signal` or until `evaluate` ends it; a final checkpoint is durable when it resolves. */
  async run(): Promise<void> {
    const { robots, session, signal, receivers, sessionUuid } = this.options;
    if (this.stepsDone < this.options.stepsTotal) {
      const { controlPeriodS, readingMaxAgeS } = robots[0]!.driver.spec;
      const drivers = robots.map(({ driver }) => driver);
      const loop = controlLoop({
        ticks$: lockStepTicks(drivers, this.clock, controlPeriodS * NS_PER_S),
        robots,
        initial: this.state,
        clock: this.clock,
        sessionUuid,
        maxReadingAgeNs: readingMaxAgeS * NS_PER_S,
        barrier: (tick) => this.barrier(tick),
      });
      const failure$ = new Subject<never>();
      for (const receive of receivers) attach(loop.closed$, receive, (error) => failure$.error(error));
      await loopEnd(loop.applied$, merge(session.failure$, failure$));
    }
    if (!signal.aborted || this.checkpointedAt !== this.stepsDone) await this.checkpoint(true);
  }

  /** After a lost connection to the simulator: stores what was learned; a resumed run restarts the episodes. */
  async checkpointWithoutWorld(): Promise<void> {
    await this.checkpoint(false);
  }

  private restore(checkpoint: DaemonCheckpoint): void {
    this.state = { nextSequence: checkpoint.nextSequence, robots: [] };
    this.nextEpisode = checkpoint.nextEpisode;
    this.solvedAtStep = checkpoint.solvedAtStep;
    this.clock.advanceTo(checkpoint.timeNs);
    this.options.initialStateRng.restore(checkpoint.initialStateRng);
    this.checkpointedAt = checkpoint.stepsDone;
  }

  private async resumeEpisode(index: number, saved: SavedInstance, worldBase64: string): Promise<RobotState> {
    const robot = this.options.robots[index]!;
    const reading = await robot.connection.world.load(Buffer.from(worldBase64, 'base64'));
    const state = restoreEpisode(robot, saved.state, { ...reading, arrivalNs: this.clock.nowNs() });
    this.returns[index] = saved.episodeReturn;
    return state;
  }

  /** `repeated`: the initial state of an episode that is repeated; null: a new one. */
  private async beginEpisode(
    index: number,
    guardMemory: GuardMemory,
    repeated: SavedInstance['initialState'] = null,
  ): Promise<RobotState> {
    const { robots, initialStateRng, signal } = this.options;
    const robot = robots[index]!;
    const initialState =
      repeated === null
        ? seededInitialState(robot.task, initialStateRng, this.nextEpisode)
        : restoreInitialState(repeated);
    this.initialStates[index] = initialState;
    const received = await robot.connection.resetter.reset(initialState, signal);
    const reading = { ...received, arrivalNs: this.clock.nowNs() };
    this.returns[index] = 0;
    return beginEpisode(robot, guardMemory, { reading, initialState, episode: this.nextEpisode++ });
  }

  /** Waits for the log, and where it is needed for the learner; then swaps the policy and begins new episodes. */
  private async barrier(tick: ClosedTick): Promise<LoopState | null> {
    const { log, switcher, hooks, signal } = this.options;
    const closed = tick.steps.filter(({ transition }) => transition !== null).length;
    this.state = tick.state;
    if (closed > 0) {
      await log.ready();
      await this.waitForLearner(closed);
      await this.restartEpisodes(tick);
      if (crossesMultiple(this.options.evaluateEverySteps, this.stepsDone, closed) && switcher.active !== null) {
        if (await hooks.evaluate(this.stepsDone)) return null;
      }
      if (crossesMultiple(this.options.checkpointEverySteps, this.stepsDone, closed)) await this.checkpoint(true);
    }
    return this.stepsDone < this.options.stepsTotal && !signal.aborted ? this.state : null;
  }

  /** `steps`: of the newest tick. */
  private async waitForLearner(steps: number): Promise<void> {
    const { session, switcher, hooks, stepsTotal, signal } = this.options;
    const isLast = this.stepsDone >= stepsTotal || signal.aborted;
    if (!isLast && !waitsForLearner(this.options, this.stepsDone, steps)) return;
    await session.stepDone(this.stepsDone - 1);
    hooks.onLearned(this.clock.nowNs());
    switcher.swap();
  }

  private async restartEpisodes({ steps, state }: ClosedTick): Promise<void> {
    for (const [i, { transition, end }] of steps.entries()) {
      this.returns[i]! += transition?.reward ?? 0;
      if (end === null || transition === null) continue;
      const { episode, guard } = state.robots[i]!;
      this.options.hooks.onEpisodeEnd(episode, this.returns[i]!, transition.sequence + 1, end.outcome);
      this.state = withRobot(this.state, i, await this.beginEpisode(i, guard));
    }
  }

  private async checkpoint(withWorlds: boolean): Promise<void> {
    const { stepsDone } = this;
    if (stepsDone === 0 || (withWorlds && this.checkpointedAt === stepsDone)) return;
    const { log, session, switcher, initialStateRng } = this.options;
    await log.flush();
    const instances = withWorlds ? await this.saveRobots() : null;
    const saved: DaemonCheckpoint = {
      format: 1,
      stepsDone,
      nextSequence: stepsDone,
      nextEpisode: this.nextEpisode,
      timeNs: this.clock.nowNs(),
      initialStateRng: initialStateRng.save(),
      instances,
      activePolicy: saveActivePolicy(switcher.active),
      solvedAtStep: this.solvedAtStep,
    };
    await session.checkpoint(stepsDone - 1, encodeDaemonCheckpoint(saved));
    this.checkpointedAt = stepsDone;
  }

  private saveRobots(): Promise<NonNullable<DaemonCheckpoint['instances']>> {
    return Promise.all(
      this.options.robots.map(async (robot, i) => ({
        state: saveEpisode(robot, this.state.robots[i]!),
        ...(robot.connection.spec.savesNoState
          ? { worldBase64: null, initialState: saveInitialState(this.initialStates[i]!) }
          : {
              worldBase64: Buffer.from(await robot.connection.world.save()).toString('base64'),
              initialState: null,
            }),
        policyNoise: robot.policy.save(),
        episodeReturn: this.returns[i]!,
      })),
    );
  }
}
