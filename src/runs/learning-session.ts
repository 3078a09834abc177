import {
  defer,
  filter,
  firstValueFrom,
  fromEvent,
  map,
  merge,
  ReplaySubject,
  switchMap,
  take,
  timer,
  type Observable,
} from 'rxjs';
import { SoftqdError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Telemetry } from '../base/telemetry.ts';
import { damagedPlaceText, openExperience, TransitionLog } from '../experience/index.ts';
import { listenForLearner, privateSocketPath } from '../experience/link/index.ts';
import type { LearnerLink, LearnerMetrics, StepDone } from '../experience/port.ts';
import type { Transition } from '../robot/transition.ts';
import type { CommandUi } from './command-ui.ts';
import type { CleanupStack } from './cleanup-stack.ts';
import { LearnerSupervisor } from '../processes/index.ts';
import type { RunDirectory } from './run-directory.ts';

/** How long a learner may take to finish its pending requests after Ctrl-C. */
const SHUTDOWN_TIMEOUT_MS = 20_000;

/** Emits once when the signal aborts, also when it already has. */
function interrupted(signal: AbortSignal): Observable<unknown> {
  return defer(() => (signal.aborted ? [null] : fromEvent(signal, 'abort'))).pipe(take(1));
}

export interface SessionOptions {
  readonly run: RunDirectory;
  readonly nextSequence: number;
  readonly resume: boolean;
  readonly parentPolicy: Uint8Array | null;
  readonly closer: CleanupStack;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly ui: Pick<CommandUi, 'info' | 'signal'>;
}

/** The log of a run, opened; closed by the closer. */
export async function openLog({
  run,
  nextSequence,
  closer,
  logger,
  telemetry,
}: Omit<SessionOptions, 'resume' | 'parentPolicy' | 'ui'>): Promise<TransitionLog> {
  const { log } = run.file.config;
  const opened = await TransitionLog.open({
    directory: run.logDirectory,
    sessionUuid: run.file.sessionUuid,
    mode: run.file.mode,
    nextSequence,
    maxQueuedBytes: log.maxQueuedMb * 1024 * 1024,
    maxSegmentBytes: log.maxSegmentMb * 1024 * 1024,
    logger,
    telemetry,
  });
  closer.defer(() => opened.close());
  return opened;
}

/** A learner process: its link, its supervision, its latest metrics. */
export class LearningSession {
  readonly link: LearnerLink;
  readonly supervisor: LearnerSupervisor;
  metrics: LearnerMetrics = {};
  /** The latest report alone; what it does not contain was not known then. */
  latestMetrics: LearnerMetrics = {};
  private readonly failed$: Observable<never>;
  private newest: StepDone | null = null;

  private constructor(link: LearnerLink, supervisor: LearnerSupervisor, failed$: Observable<never>) {
    this.link = link;
    this.supervisor = supervisor;
    this.failed$ = failed$;
    link.metrics$.subscribe((metrics) => {
      this.metrics = { ...this.metrics, ...metrics };
      this.latestMetrics = metrics;
    });
    link.stepDone$.subscribe((done) => {
      this.newest = done;
    });
  }

  /** Opens the socket and starts the learner process. */
  static async start(options: SessionOptions): Promise<LearningSession> {
    const { run, closer, logger, telemetry, ui } = options;
    const { path: socketPath, remove } = privateSocketPath();
    closer.defer(remove);
    const link = await listenForLearner({
      socketPath,
      sessionUuid: run.file.sessionUuid,
      source: openExperience(run.logDirectory, (place) => {
        telemetry.count('log.damagedRecords', place.records);
        ui.info(damagedPlaceText(place));
      }),
      mode: run.file.mode,
      maxQueuedBytes: run.file.config.log.maxQueuedMb * 1024 * 1024,
      logger,
      telemetry,
      signal: new AbortController().signal,
    });
    // A failure may occur before anything waits for the learner: it is kept.
    const failures$ = new ReplaySubject<SoftqdError>(1);
    const supervisor = new LearnerSupervisor({
      launch: { runDirectory: run.path, socketPath, resume: options.resume, parentPolicy: options.parentPolicy },
      niceness: run.file.config.learner.niceness,
      onFailed: (error) => failures$.next(error),
      onRestart: (reason, attempt) =>
        ui.info(`the learner process exited (${reason}); restarting from the last checkpoint (attempt ${attempt})`),
    });
    const shutdownTimeout$ = interrupted(ui.signal).pipe(
      switchMap(() => timer(SHUTDOWN_TIMEOUT_MS)),
      map(() => {
        // Nothing waits for it any more: its link ends, and so does the run.
        supervisor.kill();
        return new SoftqdError(
          'E_LEARNER_LOST',
          'the learner did not respond to the interrupt; the last checkpoint is kept',
        );
      }),
    );
    const failed$ = merge(failures$, shutdownTimeout$).pipe(
      map((error): never => {
        throw error;
      }),
    );
    link.alerts$.subscribe((alert) =>
      ui.info(`learner: ${alert.message}${alert.hint === '' ? '' : `: ${alert.hint}`}`),
    );
    link.connected$.subscribe(() => void run.recordEngine(link.engine));
    closer.defer(async () => {
      await link.close();
      await supervisor.close(20_000);
    });
    supervisor.start();
    return new LearningSession(link, supervisor, failed$);
  }

  /** Gradient steps made so far: exact in lock-step, as of the newest metrics in real time. */
  get updates(): number {
    return Math.max(this.newest?.updates ?? 0, this.metrics['updates'] ?? 0);
  }

  /** A failure of the learner, as an error. */
  get failure$(): Observable<never> {
    return this.failed$;
  }

  /** Lock-step: resolves when the learner has finished `sequence`; rejects when it failed. */
  async stepDone(sequence: number): Promise<StepDone> {
    if (this.newest !== null && this.newest.sequence >= sequence) return this.newest;
    const done$ = this.link.stepDone$.pipe(filter((done) => done.sequence >= sequence));
    return firstValueFrom(merge(done$, this.failed$));
  }

  /** Resolves when a checkpoint after `sequence` is durable; rejects when the learner failed or could not write it. */
  checkpoint(sequence: number, daemonState: Uint8Array): Promise<void> {
    return firstValueFrom(merge(this.link.checkpoint(sequence, daemonState), this.failed$));
  }

  append(transition: Transition): void {
    this.link.append(transition);
  }

  /** The latest value of one of the learner's metrics, or null. */
  metric(name: string): number | null {
    return this.metrics[name] ?? null;
  }
}
