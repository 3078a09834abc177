import type { LearnerConfig } from './settings/index.ts';

export interface ScheduleState {
  readonly steps: number;
  readonly pendingUpdates: number;
  readonly publishedUpdates: number;
  readonly syncedSteps: number;
}

export type ScheduleConfig = Pick<
  LearnerConfig,
  'warmupSteps' | 'learningStartsSteps' | 'updatesPerStep' | 'policySyncSteps'
>;

/** Maximum number of pending gradient steps in real time; more are dropped and counted. */
const MAX_PENDING_UPDATES = 1000;

/** When to update and when to publish, as a function of the ingested transitions only. */
export class Schedule {
  private readonly config: ScheduleConfig;
  private readonly firstUpdateStep: number;
  private ingested = 0;
  private pendingUpdates = 0;
  /** Gradient steps behind the newest snapshot; -1 = none was published. */
  private publishedUpdates = -1;
  private syncedSteps = 0;

  /** No update before `batchSize` transitions are stored. */
  constructor(config: ScheduleConfig, batchSize: number) {
    this.config = config;
    this.firstUpdateStep = Math.max(config.learningStartsSteps, batchSize);
  }

  /** Transitions taken. */
  get steps(): number {
    return this.ingested;
  }

  /** Counts one transition; returns the gradient steps that were dropped because more than 1000 are pending. */
  ingest(): number {
    this.ingested += 1;
    if (this.ingested < this.firstUpdateStep) return 0;
    this.pendingUpdates += this.config.updatesPerStep;
    const limit = Math.max(MAX_PENDING_UPDATES, 2 * this.config.updatesPerStep);
    if (this.pendingUpdates <= limit) return 0;
    const dropped = Math.floor(this.pendingUpdates - limit);
    this.pendingUpdates -= dropped;
    return dropped;
  }

  get updateDue(): boolean {
    // Sums of fractions such as 0.1 end slightly below an integer.
    return this.pendingUpdates >= 1 - 1e-9;
  }

  consume(): void {
    this.pendingUpdates -= 1;
  }

  /** Whether the newest transition is the last one before a multiple of policySyncSteps. */
  get atPolicySync(): boolean {
    return this.ingested % this.config.policySyncSteps === 0;
  }

  /** After every policySyncSteps from the end of the warm-up on, when there is something new. */
  snapshotDue(updates: number): boolean {
    const { warmupSteps, policySyncSteps } = this.config;
    if (this.ingested < warmupSteps || updates === this.publishedUpdates) return false;
    return Math.floor(this.ingested / policySyncSteps) > Math.floor(this.syncedSteps / policySyncSteps);
  }

  published(updates: number): void {
    this.publishedUpdates = updates;
    this.syncedSteps = this.ingested;
  }

  save(): ScheduleState {
    return {
      steps: this.ingested,
      pendingUpdates: this.pendingUpdates,
      publishedUpdates: this.publishedUpdates,
      syncedSteps: this.syncedSteps,
    };
  }

  restore(state: ScheduleState): void {
    this.ingested = state.steps;
    this.pendingUpdates = state.pendingUpdates;
    this.publishedUpdates = state.publishedUpdates;
    this.syncedSteps = state.syncedSteps;
  }
}
