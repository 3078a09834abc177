import type { ChildProcess } from 'node:child_process';
import { SoftqdError } from '../base/errors.ts';
import { errorFromChild, startChildProcess, stopChildProcess, type ChildFailure } from './child-process.ts';

export interface LearnerLaunch {
  readonly runDirectory: string;
  readonly socketPath: string;
  readonly resume: boolean;
  /** A policy file to start from; null: none. */
  readonly parentPolicy: Uint8Array | null;
}

/** The message of a learner process that fails. */
export interface LearnerFailureMessage {
  readonly failure: ChildFailure;
}

interface SupervisorOptions {
  readonly launch: LearnerLaunch;
  readonly niceness: number;
  /** The learner reported an error, or exited too many times in a row: it is not restarted. */
  readonly onFailed: (error: SoftqdError) => void;
  /** The learner exited for another reason and is restarted from its checkpoint. */
  readonly onRestart: (reason: string, attempt: number) => void;
}

const MAX_CONSECUTIVE_RESTARTS = 5;
const STABLE_RUN_MS = 30_000;
const FIRST_RESTART_DELAY_MS = 100;
const KILL_TIMEOUT_MS = 2000;

/** Keeps one learner process running. A restarted one resumes from the checkpoint and requests everything after its cursor. */
export class LearnerSupervisor {
  private readonly options: SupervisorOptions;
  private child: ChildProcess | null = null;
  private closing = false;
  private restarts = 0;
  private restartTimer: NodeJS.Timeout | null = null;

  constructor(options: SupervisorOptions) {
    this.options = options;
  }

  /** The process ID; null while no process is running. */
  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  start(resume = this.options.launch.resume): void {
    const startedMs = Date.now();
    const child = startChildProcess(new URL('./learner-main', import.meta.url), { niceness: this.options.niceness });
    this.child = child;
    let failure: ChildFailure | null = null;
    child.on('message', (message) => {
      ({ failure } = message as LearnerFailureMessage);
    });
    child.once('exit', (code, signal) => {
      this.child = null;
      if (this.closing || code === 0) return;
      if (failure !== null) {
        this.options.onFailed(errorFromChild(failure));
        return;
      }
      if (Date.now() - startedMs > STABLE_RUN_MS) this.restarts = 0;
      this.restart(signal ?? `exit code ${code ?? 0}`);
    });
    child.send({ ...this.options.launch, resume });
  }

  /** Waits until the learner exits after its link was closed; stops it after `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    this.closing = true;
    if (this.restartTimer !== null) clearTimeout(this.restartTimer);
    const { child } = this;
    if (child === null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const timeout = new Promise<void>((resolve) => setTimeout(resolve, timeoutMs).unref());
    await Promise.race([exited, timeout]);
    await stopChildProcess(child, KILL_TIMEOUT_MS);
  }

  /** Ends the learner at once, for good: it does not respond. */
  kill(): void {
    this.closing = true;
    this.child?.kill('SIGKILL');
  }

  private restart(reason: string): void {
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
    this.restartTimer = setTimeout(() => this.start(true), FIRST_RESTART_DELAY_MS * 2 ** (this.restarts - 1));
  }
}
