import type { ChildProcess } from 'node:child_process';
import type { ErrorCode } from '../base/error-codes.ts';
import { SoftqdError, type ErrorValues } from '../base/errors.ts';
import { endChild, forkEntry } from './child-process.ts';

export interface LearnerLaunch {
  readonly runDirectory: string;
  readonly socketPath: string;
  readonly resume: boolean;
  /** A policy file to go on from, or null. */
  readonly parentPolicy: Uint8Array | null;
}

export interface SupervisorOptions {
  readonly plan: LearnerLaunch;
  readonly niceness: number;
  /** The learner said why it will not go on, or failed to start again and again. */
  readonly onFailed: (error: SoftqdError) => void;
  /** It died of something else and is started again from its checkpoint. */
  readonly onRestart: (reason: string, attempt: number) => void;
}

interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly values: ErrorValues;
}

const MAX_CONSECUTIVE_RESTARTS = 5;
const STABLE_RUN_MS = 30_000;

/** Keeps one learner process alive; a new one resumes from the checkpoint and asks for everything after its cursor. */
export class LearnerSupervisor {
  private readonly options: SupervisorOptions;
  private child: ChildProcess | null = null;
  private ending = false;
  private restarts = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(options: SupervisorOptions) {
    this.options = options;
  }

  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  start(resume = this.options.plan.resume): void {
    const startedAt = Date.now();
    const child = forkEntry('learner-main', { niceness: this.options.niceness });
    this.child = child;
    let failure: Failure | null = null;
    child.on('message', (message) => {
      failure = (message as { failure?: Failure }).failure ?? null;
    });
    child.once('exit', (code, signal) => {
      this.child = null;
      if (this.ending || code === 0) return;
      if (failure !== null) {
        this.options.onFailed(
          new SoftqdError(failure.code, failure.message, { hint: failure.hint, values: failure.values }),
        );
        return;
      }
      if (Date.now() - startedAt > STABLE_RUN_MS) this.restarts = 0;
      const reason = signal ?? `exit code ${code ?? 0}`;
      if (this.restarts >= MAX_CONSECUTIVE_RESTARTS) {
        this.options.onFailed(
          new SoftqdError(
            'E_LEARNER_LOST',
            `the learner process exited ${this.restarts + 1} times in a row, last with ${reason}`,
          ),
        );
        return;
      }
      this.restarts += 1;
      this.options.onRestart(reason, this.restarts);
      this.timer = setTimeout(() => this.start(true), 100 * 2 ** (this.restarts - 1));
    });
    child.send({ ...this.options.plan, resume });
  }

  /** Waits for an orderly end after the link was closed, then insists. */
  async close(graceMs: number): Promise<void> {
    this.ending = true;
    if (this.timer !== null) clearTimeout(this.timer);
    const child = this.child;
    if (child === null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const timeout = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
    await Promise.race([gone, timeout]);
    await endChild(child, 2000);
  }
}
