import type { LearnerConfig } from './config.ts';

export interface ScheduleState {
  readonly steps: number;
  readonly credit: number;
  readonly publishedUpdates: number;
  readonly syncedSteps: number;
}

export type ScheduleConfig = Pick<
  LearnerConfig,
  'warmupSteps' | 'learningStartsSteps' | 'updatesPerStep' | 'policySyncSteps' | 'batchSize'
>;

/** Gradient steps that may be owed in real time; what the machine cannot do beyond it is dropped and counted. */
const MAX_CREDIT = 1000;

/** When to update and when to publish, as a function of the transitions taken alone. */
export class Schedule {
  private readonly config: ScheduleConfig;
  private taken = 0;
  private credit = 0;
  /** Gradient steps behind the newest snapshot; -1 = none was published. */
  private publishedUpdates = -1;
  private syncedSteps = 0;

  constructor(config: ScheduleConfig) {
    this.config = config;
  }

  /** Transitions taken. */
  get steps(): number {
    return this.taken;
  }

  /** Counts one transition; returns the gradient steps that were dropped because more than 1000 are owed. */
  take(): number {
    this.taken += 1;
    if (this.taken < Math.max(this.config.learningStartsSteps, this.config.batchSize)) return 0;
    this.credit += this.config.updatesPerStep;
    const limit = Math.max(MAX_CREDIT, 2 * this.config.updatesPerStep);
    if (this.credit <= limit) return 0;
    const dropped = Math.floor(this.credit - limit);
    this.credit -= dropped;
    return dropped;
  }

  get updateDue(): boolean {
    // Fractions such as 0.1 add up to a hair below a whole.
    return this.credit >= 1 - 1e-9;
  }

  spend(): void {
    this.credit -= 1;
  }

  /** After every policySyncSteps from the end of the warm-up on, when there is something new. */
  snapshotDue(updates: number): boolean {
    const { warmupSteps, policySyncSteps } = this.config;
    if (this.taken < warmupSteps || updates === this.publishedUpdates) return false;
    return Math.floor(this.taken / policySyncSteps) > Math.floor(this.syncedSteps / policySyncSteps);
  }

  published(updates: number): void {
    this.publishedUpdates = updates;
    this.syncedSteps = this.taken;
  }

  save(): ScheduleState {
    return {
      steps: this.taken,
      credit: this.credit,
      publishedUpdates: this.publishedUpdates,
      syncedSteps: this.syncedSteps,
    };
  }

  restore(state: ScheduleState): void {
    this.taken = state.steps;
    this.credit = state.credit;
    this.publishedUpdates = state.publishedUpdates;
    this.syncedSteps = state.syncedSteps;
  }
}
