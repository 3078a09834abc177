import { toSoftqdError } from '../base/errors.ts';
import { Subscription, type Observable } from 'rxjs';
import type { SimulatedClock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { SimulatorConnection } from '../driver/index.ts';
import { controlLoop, RobotInstance, lockStepTicks, type TickStep } from '../control/index.ts';
import type { TransitionLog } from '../experience/index.ts';
import type { ActingPolicy } from '../policy/index.ts';
import type { Reading } from '../robot/reading.ts';
import { encodeDaemonCheckpoint, type DaemonCheckpoint } from './daemon-checkpoint.ts';
import type { LearningSession } from './learning-session.ts';
import type { MetricsLog } from './metrics-log.ts';
import type { PolicySwitcher } from './policy-switcher.ts';

/** One simulated robot of a training run. */
export interface TrainingInstance {
  readonly instance: RobotInstance;
  readonly connection: SimulatorConnection;
  readonly policy: ActingPolicy;
  episodeReturn: number;
}

export interface TrainingOptions {
  readonly instances: readonly TrainingInstance[];
  /** The simulated time that the bodies stamp their readings with. */
  readonly clock: SimulatedClock;
  readonly log: TransitionLog;
  readonly session: LearningSession;
  readonly driver: PolicySwitcher;
  /** Draws where episodes begin. */
  readonly initialStateRng: Random;
  readonly stepsTotal: number;
  readonly checkpointEverySteps: number;
  readonly evaluateEverySteps: number;
  readonly metricsLog: MetricsLog;
  readonly signal: AbortSignal;
  readonly sessionUuid: string;
  /** After each step, for progress; evaluation happens here too. `stop` ends the run early (solved). */
  readonly hooks: TrainingHooks;
}

export interface TrainingHooks {
  /** `step`: the episode's last one, counted over the run. */
  onEpisodeEnd(episode: number, episodeReturn: number, step: number): void;
  onStep(step: number, reading: Reading): void;
  /** Called at every multiple of evaluateEverySteps once a policy drives; true ends the run. */
  evaluate(step: number): Promise<boolean>;
}

/** A lock-step learning run: the control line with the learner, the log and the checkpoints around it. */
export class Training {
  private readonly options: TrainingOptions;
  private readonly clock: SimulatedClock;
  private readonly counter: { readonly sessionUuid: string; next: number };
  private nextEpisode = 0;
  stepsDone = 0;
  solvedAtStep: number | null = null;
  private checkpointedAt = -1;

  constructor(options: TrainingOptions) {
    this.options = options;
    this.clock = options.clock;
    this.counter = { sessionUuid: options.sessionUuid, next: 0 };
  }

  /** Begins all lanes anew, or takes them up where `part` left them. */
  async begin(part: DaemonCheckpoint | null): Promise<void> {
    if (part !== null) {
      this.stepsDone = part.stepsDone;
      this.counter.next = part.nextSequence;
      this.nextEpisode = part.nextEpisode;
      this.solvedAtStep = part.solvedAtStep;
      this.clock.advanceTo(part.timeNs);
      this.options.initialStateRng.restore(part.initialStateRng);
      this.checkpointedAt = part.stepsDone;
    }
    for (const [i, own] of this.options.instances.entries()) {
      const saved = part?.instances?.[i];
      if (saved === undefined) {
        await this.beginEpisode(own);
      } else {
        const reading = await own.connection.world.load(Buffer.from(saved.worldBase64, 'base64'));
        own.instance.restore(saved.state, { ...reading, arrivalNs: this.clock.nowNs() });
        own.policy.restore(saved.policyNoise as Parameters<ActingPolicy['restore']>[0]);
        own.episodeReturn = saved.episodeReturn;
      }
      const { guard } = own.instance.components;
      if (guard.state !== 'armed') guard.arm(own.instance.latestReading!);
      if (saved !== undefined) guard.restore(saved.state.guard);
    }
  }

  /** Runs to the total, to `signal` or to the hook's end; a final checkpoint is durable when it resolves. */
  async run(): Promise<void> {
    const { instances, session, signal } = this.options;
    if (this.stepsDone < this.options.stepsTotal) {
      const spec = instances[0]!.instance.components.driver.spec;
      const line$ = controlLoop({
        ticks$: lockStepTicks(
          instances.map(({ instance }) => instance),
          this.clock,
          spec.controlPeriodS * 1e9,
        ),
        instances: instances.map(({ instance }) => instance),
        clock: this.clock,
        maxReadingAgeNs: spec.readingMaxAgeS * 1e9,
        counter: this.counter,
        onStep: (round) => this.commit(round),
        onDropped: () => undefined,
      });
      await completed(line$, session.failure$);
    }
    if (!signal.aborted || this.checkpointedAt !== this.stepsDone) await this.checkpoint(true);
  }

  /** After a lost simulator: what was learned is kept, episodes begin again on resume. */
  async checkpointWithoutWorld(): Promise<void> {
    await this.checkpoint(false);
  }

  private async beginEpisode(own: TrainingInstance): Promise<void> {
    const state = own.instance.components.task.sampleInitialState(this.options.initialStateRng);
    const reading = await own.instance.components.resetter.reset(state, this.options.signal);
    own.instance.begin({ ...reading, arrivalNs: this.clock.nowNs() }, state, this.nextEpisode++);
    own.episodeReturn = 0;
  }

  /** What everyone waits for between the end of a step and the next action. */
  private async commit(round: readonly TickStep[]): Promise<boolean> {
    const { log, metricsLog, session, driver, hooks, signal, instances } = this.options;
    let lastSequence = -1;
    for (const look of round) {
      if (look.transition === null) continue;
      lastSequence = look.transition.sequence;
      log.append(look.transition);
      session.append(look.transition);
      instances[look.instance.index]!.episodeReturn += look.transition.reward;
      this.stepsDone += 1;
      metricsLog.jointStates(look.tick.startNs, look.reading);
      hooks.onStep(this.stepsDone, look.reading);
    }
    if (lastSequence >= 0) {
      await log.ready();
      await session.stepDone(lastSequence);
      metricsLog.learnerMetrics(this.clock.nowNs(), session.latestMetrics);
      driver.swap();
      for (const look of round) {
        if (look.end === null) continue;
        const own = instances[look.instance.index]!;
        hooks.onEpisodeEnd(look.instance.episode, own.episodeReturn, look.transition!.sequence + 1);
        await this.beginEpisode(own);
      }
      if (this.crossedMultiple(this.options.evaluateEverySteps, round.length) && driver.active !== null) {
        if (await hooks.evaluate(this.stepsDone)) return false;
      }
      if (this.crossedMultiple(this.options.checkpointEverySteps, round.length)) await this.checkpoint(true);
    }
    return this.stepsDone < this.options.stepsTotal && !signal.aborted;
  }

  /** Whether a multiple of `every` lies within the steps of this round. */
  private crossedMultiple(every: number, steps: number): boolean {
    return every > 0 && Math.floor(this.stepsDone / every) > Math.floor((this.stepsDone - steps) / every);
  }

  private async checkpoint(withWorlds: boolean): Promise<void> {
    if (this.counter.next === 0 || (withWorlds && this.checkpointedAt === this.stepsDone)) return;
    const { log, session, driver, initialStateRng, instances } = this.options;
    await log.flush();
    const saved = withWorlds
      ? await Promise.all(
          instances.map(async ({ instance, connection, policy, episodeReturn }) => ({
            state: instance.save(),
            worldBase64: Buffer.from(await connection.world.save()).toString('base64'),
            policyNoise: policy.save(),
            episodeReturn,
          })),
        )
      : null;
    const { active } = driver;
    const part: DaemonCheckpoint = {
      format: 1,
      stepsDone: this.stepsDone,
      nextSequence: this.counter.next,
      nextEpisode: this.nextEpisode,
      timeNs: this.clock.nowNs(),
      initialStateRng: initialStateRng.save(),
      instances: saved,
      activePolicy:
        active === null
          ? null
          : { version: active.version, sha256: active.sha256, base64: Buffer.from(active.bytes).toString('base64') },
      solvedAtStep: this.solvedAtStep,
    };
    await session.checkpoint(this.counter.next - 1, encodeDaemonCheckpoint(part));
    this.checkpointedAt = this.stepsDone;
  }
}

/** Resolves when the line completes; an error of the line or of the learner ends the run. */
function completed(line$: Observable<unknown>, failure$: Observable<never>): Promise<void> {
  return new Promise((resolve, reject) => {
    const subscriptions = new Subscription();
    const settle = (end: () => void): void => {
      subscriptions.unsubscribe();
      end();
    };
    const fail = (error: unknown): void => settle(() => reject(toSoftqdError(error)));
    subscriptions.add(failure$.subscribe({ error: fail }));
    subscriptions.add(line$.subscribe({ complete: () => settle(resolve), error: fail }));
  });
}
