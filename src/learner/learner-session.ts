import { setImmediate as nextTurn } from 'node:timers/promises';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { DaemonConnection, LearnerMessage } from '../experience/link/index.ts';
import type { LearnerAlert, LearnerMetrics, PolicyBytes } from '../experience/port.ts';
import type { Transition } from '../robot/transition.ts';
import { encodeParts, type LearnerState, type RunIdentity } from './checkpoint-parts.ts';
import { replaceFile, writeCheckpoint } from './checkpoint/index.ts';
import type { IngestedRanges } from './ingested-ranges.ts';
import type { PriorLogContent } from './prior-logs.ts';
import { policyBytes, type PolicyOrigin } from './policy-writer.ts';
import type { Trainer } from './trainer.ts';

export interface SessionOptions {
  readonly connection: DaemonConnection;
  readonly trainer: Trainer;
  readonly journal: IngestedRanges;
  readonly prior: readonly PriorLogContent[];
  readonly origin: PolicyOrigin;
  readonly run: RunIdentity;
  readonly runDirectory: string;
  /** Exact size of the replay memory, for the metrics. */
  readonly replayBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** What a resumed learner had published and reported. */
export interface ResumeState {
  readonly version: number;
  readonly published: PolicyBytes | null;
  readonly lastMetrics: LearnerMetrics;
  readonly rejected: number;
}

const MIN_SNAPSHOT_PERIOD_NS = 0.5e9;

/** The loop around the trainer over one connection: intake, updates, snapshots, metrics, checkpoints. */
export class LearnerSession {
  private readonly options: SessionOptions;
  private version = 0;
  private published: PolicyBytes | null = null;
  private lastMetrics: LearnerMetrics = {};
  private reportedSteps = 0;
  private reportedUpdates = 0;
  private publishedNs = -Infinity;
  private reportedNs: number;
  private rejected = 0;

  constructor(options: SessionOptions, start: ResumeState | null) {
    this.options = options;
    this.reportedNs = options.clock.nowNs();
    this.reportedSteps = options.trainer.schedule.steps;
    this.reportedUpdates = options.trainer.updates;
    if (start === null) return;
    this.version = start.version;
    this.published = start.published;
    this.lastMetrics = start.lastMetrics;
    this.rejected = start.rejected;
  }

  alert(alert: LearnerAlert): void {
    this.options.connection.send({ kind: 'alert', alert });
  }

  /**
   * Learns until the daemon closes the link or `signal` aborts. Throws E_LEARNER_DIVERGED (after reporting it to the daemon) and E_CONNECT
   * when the daemon vanished.
   */
  async run(): Promise<void> {
    const { connection, signal, logger } = this.options;
    const { lockStep, policyVersion } = connection.welcome;
    try {
      if (Object.keys(this.lastMetrics).length > 0) connection.send({ kind: 'metrics', metrics: this.lastMetrics });
      if (!lockStep) this.alignVersions(policyVersion);
      const ended = lockStep ? await this.runLockStep() : await this.runRealTime();
      if (ended) {
        await this.writePolicy();
        return;
      }
      if (!signal.aborted)
        throw new SoftqdError('E_CONNECT', 'the daemon disconnected without closing the learner link');
    } catch (thrown) {
      const error = toSoftqdError(thrown);
      logger.error(error.message, error.values);
      this.alert({ level: 'error', code: error.code, message: error.message, hint: error.hint });
      throw error;
    } finally {
      await connection.close();
    }
  }

  /** One transition, its updates, their messages, then StepDone; true = closed in order, false = the daemon is disconnected. */
  private async runLockStep(): Promise<boolean> {
    const { connection, trainer, journal } = this.options;
    for (;;) {
      const task = await connection.receive();
      if (task === null) return false;
      if (task.kind === 'close') return true;
      if (task.kind === 'checkpoint') {
        await this.checkpoint(task.sequence, task.daemonState);
        continue;
      }
      if (!journal.isNew(task.transition)) continue;
      if (!journal.follows(task.transition)) throw gap(task.transition, journal);
      this.ingestOrThrow(task.transition);
      while (trainer.schedule.updateDue) trainer.update();
      if (trainer.schedule.atPolicySync) this.publishIfDue();
      this.reportIfDue();
      const { sequence } = task.transition;
      connection.send({ kind: 'acknowledge', cursor: journal.cursor });
      connection.send({
        kind: 'stepDone',
        stepDone: { sequence, updates: trainer.updates, policyVersion: this.version },
      });
      await connection.drained();
    }
  }

  /** Ingests all received transitions, then does one update at a time, so that neither delays the other for long. */
  private async runRealTime(): Promise<boolean> {
    const { connection, trainer, journal, clock } = this.options;
    let acknowledged = journal.cursor;
    for (;;) {
      for (let task = connection.tryReceive(); task !== null; task = connection.tryReceive()) {
        if (await this.handle(task)) return true;
      }
      const { cursor } = journal;
      if (cursor.sequence !== acknowledged.sequence || cursor.sessionUuid !== acknowledged.sessionUuid) {
        connection.send({ kind: 'acknowledge', cursor });
        acknowledged = cursor;
      }
      if (trainer.schedule.updateDue) trainer.update();
      // The control loop has to check each snapshot: while updates are pending, a few per second are enough.
      const quiet = !trainer.schedule.updateDue || clock.nowNs() - this.publishedNs >= MIN_SNAPSHOT_PERIOD_NS;
      if (quiet) this.publishIfDue();
      this.reportIfDue();
      await connection.drained();
      if (trainer.schedule.updateDue && connection.open) {
        // Gives the socket time to deliver received messages.
        await nextTurn();
        continue;
      }
      const task = await connection.receive();
      if (task === null) return false;
      if (await this.handle(task)) return true;
    }
  }

  /** true = close. */
  private async handle(task: LearnerMessage): Promise<boolean> {
    switch (task.kind) {
      case 'close':
        return true;
      case 'checkpoint':
        await this.checkpoint(task.sequence, task.daemonState);
        return false;
      case 'transition':
        this.ingestOrReject(task.transition);
        return false;
    }
  }

  private ingestOrThrow(transition: Transition): void {
    try {
      this.options.trainer.ingest(transition);
    } catch (thrown) {
      const cause = toSoftqdError(thrown);
      throw new SoftqdError('E_LEARNER_DIVERGED', `${cause.code}: ${cause.message}`, {
        hint: cause.hint,
        values: cause.values,
        cause,
      });
    }
    this.options.journal.add(transition);
  }

  private ingestOrReject(transition: Transition): void {
    const { trainer, journal } = this.options;
    if (!journal.isNew(transition)) return;
    journal.add(transition);
    try {
      trainer.ingest(transition);
    } catch (thrown) {
      this.rejected += 1;
      // The 1st, 10th, 100th: a broken sensor must not fill the screen.
      if (!/^10*$/.test(String(this.rejected))) return;
      const { code, message, hint } = toSoftqdError(thrown);
      this.alert({ level: 'warning', code, message: `${message} (${this.rejected} rejected so far)`, hint });
    }
  }

  /** Continues the version numbers after the daemon's newest one and publishes the last policy again. */
  private alignVersions(seen: number): void {
    if (this.published !== null && this.version > seen)
      this.options.connection.send({ kind: 'snapshot', snapshot: this.published });
    this.version = Math.max(this.version, seen);
  }

  private publishIfDue(): void {
    const { trainer, origin, connection } = this.options;
    if (trainer.settling || !trainer.schedule.snapshotDue(trainer.updates)) return;
    const snapshot = policyBytes(trainer, origin, this.version + 1);
    this.version = snapshot.version;
    this.published = snapshot;
    trainer.schedule.published(trainer.updates);
    this.publishedNs = this.options.clock.nowNs();
    connection.send({ kind: 'snapshot', snapshot });
  }

  private reportIfDue(): void {
    const { trainer, connection, clock, origin, replayBytes } = this.options;
    const every = origin.config.metricsEverySteps;
    const { steps } = trainer.schedule;
    if (every <= 0 || Math.floor(steps / every) <= Math.floor(this.reportedSteps / every)) return;
    const nowNs = clock.nowNs();
    const seconds = (nowNs - this.reportedNs) / 1e9;
    const numbers: Record<string, number> = { ...trainer.metrics(), rejectedTransitions: this.rejected, replayBytes };
    this.lastMetrics = numbers;
    const updatesPerS = (trainer.updates - this.reportedUpdates) / seconds;
    this.reportedSteps = steps;
    this.reportedUpdates = trainer.updates;
    this.reportedNs = nowNs;
    connection.send({ kind: 'metrics', metrics: Number.isFinite(updatesPerS) ? { ...numbers, updatesPerS } : numbers });
  }

  private async checkpoint(sequence: number, daemonState: Uint8Array): Promise<void> {
    const { connection, runDirectory, run, journal } = this.options;
    let error = '';
    try {
      const { cursor } = journal;
      await writeCheckpoint(join(runDirectory, 'checkpoint'), {
        runSha256: run.sha256,
        sessionUuid: cursor.sessionUuid,
        sequence: cursor.sequence,
        policyVersion: this.published === null ? 0 : this.published.version,
        parts: encodeParts(this.state(), daemonState),
      });
      await this.writePolicy();
    } catch (thrown) {
      error = toSoftqdError(thrown).message;
    }
    connection.send({ kind: 'checkpointDone', sequence, error });
  }

  private state(): Parameters<typeof encodeParts>[0] {
    const { trainer, journal, run, prior } = this.options;
    const engine = trainer.engine.state();
    const oldest = trainer.episodes.oldestSequence;
    const state: LearnerState = {
      trainer: trainer.save(),
      engineUpdates: { updates: engine.updates, samplerUpdates: engine.samplerUpdates },
      segments: journal.save(),
      prior: prior.map(({ path, transitions, sha256 }) => ({ path, transitions, sha256 })),
      rejected: this.rejected,
      oldestEpisodeSequence: Number.isFinite(oldest) ? oldest : null,
      version: this.version,
      lastMetrics: this.lastMetrics,
      definition: run.definition,
    };
    return { state, engine, published: this.published };
  }

  /** The trainer's policy now; after a reset the published one until the networks have settled. */
  private async writePolicy(): Promise<void> {
    const { runDirectory, trainer, origin } = this.options;
    const kept = trainer.settling ? this.published : null;
    const { bytes } = kept ?? policyBytes(trainer, origin, this.version);
    await replaceFile(join(runDirectory, 'policy.safetensors'), bytes);
  }
}

function gap(t: Transition, journal: IngestedRanges): SoftqdError {
  const message = `transition ${t.sequence} follows ${journal.cursor.sequence}: a transition is missing; the run would not be reproducible`;
  return new SoftqdError('E_LEARNER_DIVERGED', message, { values: { sequence: t.sequence } });
}
