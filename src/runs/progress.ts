import { performance } from 'node:perf_hooks';
import type { ClosedTick } from '../control/index.ts';
import type { Reading } from '../robot/reading.ts';
import type { Task } from '../task/port.ts';
import type { CommandUi } from './command-ui.ts';
import type { ProgressEvent } from './run-events.ts';
import type { LearningSession } from './learning-session.ts';
import { RemainingTime } from './remaining-time.ts';
import { RecentSuccess } from './success.ts';

const PROGRESS_PERIOD_MS = 500;
const JOINTS_PERIOD_MS = 100;

interface ProgressOptions {
  readonly ui: CommandUi;
  readonly session: LearningSession;
  readonly stepsTotal: number;
  readonly firstStep: number;
  readonly task: Task;
}

/** Reports the progress of a run to the user interface, at a bounded rate. */
export class Progress {
  private readonly ui: CommandUi;
  private readonly session: LearningSession;
  private readonly stepsTotal: number;
  private readonly startedMs = performance.now();
  private lastReportMs = performance.now();
  private jointsMs = 0;
  private lastReportedStep: number;
  private lastReportedUpdates: number;
  private episode = 0;
  private episodeReturn: number | null = null;
  private readonly success: RecentSuccess;
  private readonly remaining: RemainingTime;

  constructor(options: ProgressOptions) {
    this.ui = options.ui;
    this.session = options.session;
    this.stepsTotal = options.stepsTotal;
    this.lastReportedStep = options.firstStep;
    this.lastReportedUpdates = options.session.updates;
    this.success = new RecentSuccess(options.task);
    this.remaining = new RemainingTime(options.stepsTotal, options.firstStep, this.startedMs);
  }

  /** Seconds since the run (or its resumption) began. */
  wallS(): number {
    return (performance.now() - this.startedMs) / 1000;
  }

  /** `outcome`: how the episode ended (Task.outcome). */
  episodeEnded(episode: number, episodeReturn: number, outcome: string | null): void {
    this.success.add(outcome);
    this.episode = episode;
    this.episodeReturn = episodeReturn;
  }

  get lastEpisode(): number {
    return this.episode;
  }

  /** The ended steps of a tick. */
  received({ steps }: ClosedTick): void {
    for (const { transition, reading } of steps) {
      if (transition !== null) this.stepped(transition.sequence + 1, reading);
    }
  }

  private stepped(step: number, { positions, velocities }: Reading): void {
    const nowMs = performance.now();
    if (nowMs - this.jointsMs >= JOINTS_PERIOD_MS) {
      this.jointsMs = nowMs;
      this.ui.event({ event: 'joints', positions: [...positions], velocities: [...velocities] });
    }
    if (nowMs - this.lastReportMs >= PROGRESS_PERIOD_MS) this.report(step, nowMs);
  }

  report(step: number, nowMs = performance.now()): void {
    const seconds = Math.max(1e-3, (nowMs - this.lastReportMs) / 1000);
    const { updates } = this.session;
    const event: ProgressEvent = {
      event: 'progress',
      step,
      stepsTotal: this.stepsTotal,
      episode: this.episode,
      return: this.episodeReturn,
      updates,
      stepsPerS: Math.round((step - this.lastReportedStep) / seconds),
      updatesPerS: Math.round((10 * (updates - this.lastReportedUpdates)) / seconds) / 10,
      alpha: this.session.metric('alpha'),
      entropy: this.session.metric('entropy'),
      qLoss: this.session.metric('qLoss'),
      successRate: this.success.rate,
      remainingS: this.remaining.at(step, nowMs),
    };
    this.ui.event(event);
    this.lastReportMs = nowMs;
    this.lastReportedStep = step;
    this.lastReportedUpdates = updates;
  }
}
