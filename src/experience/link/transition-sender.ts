import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../base/logger.ts';
import type { Telemetry } from '../../base/telemetry.ts';
import type { Transition } from '../../robot/transition.ts';
import type { Cursor, ExperienceSource } from '../port.ts';
import { encodeToLearner } from './messages.ts';
import type { SendQueue } from './send-queue.ts';
import type { RecentTransitions } from './recent-transitions.ts';

/** Transitions sent before the event loop gets a turn: catching up must not delay the control loop. */
const MAX_SENDS_PER_TURN = 16;
/** Period of the reads from the log while it is behind the window. */
const RETRY_MS = 10;
/** When the log returns nothing for this duration, the missing transitions are lost. */
const MISSING_DATA_TIMEOUT_MS = 10_000;

export interface UplinkOptions {
  readonly outbox: SendQueue;
  readonly source: ExperienceSource;
  readonly window: RecentTransitions;
  readonly sessionUuid: string;
  readonly maxQueuedBytes: number;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  /** Called after each transition that was handed to the socket and when the uplink has caught up. */
  readonly onProgress: () => void;
}

/**
 * Sends one learner everything after its cursor, in order, each transition once. It is either *live* (a transition goes straight to
 * the socket) or *catching up*: it reads the log after the last sent transition up to the window of newest transitions, sends
 * the window and is live again. There is no gap: the last step happens within one turn of the event loop. A learner that
 * receives nothing fills the queue up to `maxQueuedBytes`; then the uplink falls back to catching up and waits for space.
 */
export class TransitionSender {
  private readonly options: UplinkOptions;
  private streaming = false;
  private lastSent = -1;

  constructor(options: UplinkOptions) {
    this.options = options;
  }

  /** The last sequence of the session handed to the socket; -1 = none. */
  get sent(): number {
    return this.lastSent;
  }

  get caughtUp(): boolean {
    return this.streaming;
  }

  /** Begins after the learner's cursor; a cursor of an earlier session first receives the rest of that session. */
  start(cursor: Cursor): void {
    const { sessionUuid, logger } = this.options;
    void (async () => {
      if (cursor.sessionUuid === sessionUuid) this.lastSent = cursor.sequence;
      else if (cursor.sessionUuid !== '') await this.drain(cursor);
      await this.catchUp();
    })().catch((error: unknown) => {
      logger.error('reading the log for the learner failed', { error });
      this.options.telemetry.count('learnerLink.readFailures');
    });
  }

  /** The window already holds `transition`. */
  append(transition: Transition): void {
    if (!this.streaming) return;
    const { outbox, maxQueuedBytes, telemetry } = this.options;
    if (outbox.queuedBytes <= maxQueuedBytes && transition.sequence === this.lastSent + 1) {
      this.send(transition);
      return;
    }
    if (transition.sequence <= this.lastSent) return;
    this.streaming = false;
    telemetry.count('learnerLink.spoolFallbacks');
    this.start({ sessionUuid: this.options.sessionUuid, sequence: this.lastSent });
  }

  private async drain(cursor: Cursor): Promise<void> {
    let turn = 0;
    for await (const transition of this.options.source.read(cursor.sessionUuid, cursor.sequence)) {
      if (!this.options.outbox.open) return;
      this.options.outbox.send(encodeToLearner({ kind: 'transition', transition }));
      await this.yieldToEventLoop(++turn);
    }
  }

  private async catchUp(): Promise<void> {
    const { outbox, maxQueuedBytes, window } = this.options;
    let idleMs = 0;
    for (;;) {
      await outbox.whenWritable(maxQueuedBytes / 2);
      if (!outbox.open) return;
      if (window.oldest <= this.lastSent + 1) {
        if (this.sendWindow()) return;
        continue;
      }
      if (await this.sendLog()) {
        idleMs = 0;
        continue;
      }
      if (window.empty) {
        this.startStreaming();
        return;
      }
      // The log has not yet flushed the transitions before the window.
      await delay(RETRY_MS);
      idleMs += RETRY_MS;
      if (idleMs >= MISSING_DATA_TIMEOUT_MS) this.fallBack(window.oldest);
    }
  }

  /** true = caught up and live from now on; false = no space. */
  private sendWindow(): boolean {
    const { window, outbox, maxQueuedBytes } = this.options;
    for (let next = window.at(this.lastSent + 1); next !== null; next = window.at(this.lastSent + 1)) {
      if (outbox.queuedBytes > maxQueuedBytes / 2) return false;
      this.send(next);
    }
    this.startStreaming();
    return true;
  }

  /** What the log has after the last one sent, until the window continues it; true when it had something. */
  private async sendLog(): Promise<boolean> {
    const { outbox, source, sessionUuid, window, maxQueuedBytes } = this.options;
    let turn = 0;
    for await (const transition of source.read(sessionUuid, this.lastSent)) {
      if (!outbox.open) break;
      if (transition.sequence <= this.lastSent) continue;
      if (transition.sequence > this.lastSent + 1) this.fallBack(transition.sequence);
      this.send(transition);
      turn++;
      if (window.oldest <= this.lastSent + 1) break;
      await outbox.whenWritable(maxQueuedBytes / 2);
      await this.yieldToEventLoop(turn);
    }
    return turn > 0;
  }

  /** Continues at `next` although transitions before it are missing in log and window. */
  private fallBack(next: number): void {
    const missing = next - this.lastSent - 1;
    this.options.telemetry.count('learnerLink.lostTransitions', missing);
    this.options.logger.error('transitions are missing in the log; the learner skips them', {
      firstMissing: this.lastSent + 1,
      missing,
    });
    this.lastSent = next - 1;
  }

  private startStreaming(): void {
    this.streaming = true;
    this.options.onProgress();
  }

  private send(transition: Transition): void {
    this.lastSent = transition.sequence;
    this.options.outbox.send(encodeToLearner({ kind: 'transition', transition }));
    this.options.telemetry.count('learnerLink.sentTransitions');
    this.options.onProgress();
  }

  private async yieldToEventLoop(turn: number): Promise<void> {
    if (turn % MAX_SENDS_PER_TURN === 0) await nextTurn();
  }
}
