import { type Cancel, type Clock } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { SerialTransport } from '../../serial/index.ts';
import type { ExpectedReply, Request, ServoPackets } from '../protocols/request.ts';
import type { BusCounters } from './bus-counters.ts';
import { LateReplyGuard } from './late-reply-guard.ts';
import {
  emptyResult,
  isComplete,
  type ActiveTransaction,
  type QueuedTransaction,
  type TimeoutOptions,
} from './pending-transaction.ts';
import { PendingWrites, type SyncWrite } from './pending-writes.ts';
import { ReplyReaders } from './reply-readers.ts';
import { ReplyTimeout } from './reply-timeout.ts';
import { allReplied, type TransactionResult } from './transaction.ts';

/** Requests that may wait for the active one. */
const MAX_QUEUED_REQUESTS = 64;

export interface TransactionQueueOptions {
  readonly transport: SerialTransport;
  readonly baudRate: number;
  readonly packets: ServoPackets;
  readonly clock: Clock;
  readonly counters: BusCounters;
}

/**
 * The transactions of one half-duplex bus: one request at a time, its replies until all have arrived or the timeout is over. Sync writes
 * have no reply; they are sent between transactions, before the next queued request.
 */
export class TransactionQueue {
  readonly replyTimeout: ReplyTimeout;
  /** Called once when the port is lost, not after `close`. */
  onLost: (error: SoftqdError) => void = () => undefined;
  private readonly transport: SerialTransport;
  private readonly clock: Clock;
  private readonly counters: BusCounters;
  private readonly readers: ReplyReaders;
  private queued: QueuedTransaction[] = [];
  private readonly writes = new PendingWrites();
  private active: ActiveTransaction | null = null;
  private readonly lateReplies = new LateReplyGuard();
  private cancelDelay: Cancel = () => undefined;
  /** End of the transmission of the bytes written so far. */
  private busyUntilNs = 0;
  /** The previous request timed out without a byte: bytes received since may be its reply. */
  private mayReplyLate = false;
  private closedError: SoftqdError | null = null;

  constructor({ transport, baudRate, packets, clock, counters }: TransactionQueueOptions) {
    this.transport = transport;
    this.clock = clock;
    this.counters = counters;
    this.readers = new ReplyReaders(packets);
    this.replyTimeout = new ReplyTimeout(baudRate);
    transport.onBytes = (chunk) => this.receive(chunk);
    transport.onLost = (error) => this.close(error, true);
  }

  get isOpen(): boolean {
    return this.closedError === null;
  }

  /** Sends a request and resolves with its replies. Rejects with E_TIMEOUT when it cannot be sent, and when the bus is closed. */
  run(request: Request, timeout: TimeoutOptions = {}): Promise<TransactionResult> {
    return new Promise((resolve, reject) => {
      if (this.closedError !== null) {
        reject(this.closedError);
        return;
      }
      if (this.queued.length >= MAX_QUEUED_REQUESTS) {
        const { path } = this.transport;
        reject(new SoftqdError('E_TIMEOUT', `${path}: request queue full (${MAX_QUEUED_REQUESTS} requests)`));
        return;
      }
      this.queued.push({ request, timeout, resolve, reject });
      this.startNext();
    });
  }

  /** Sends bytes without a reply, after the active transaction. A newer write to the same address replaces a pending one. */
  write(write: SyncWrite): boolean {
    if (this.closedError !== null) return false;
    if (this.active === null && this.writes.isEmpty) return this.sendWrite(write.bytes);
    const { accepted, dropped } = this.writes.add(write, this.clock.nowNs());
    this.counters.syncWritesDropped += dropped;
    return accepted;
  }

  /** Rejects everything pending with `error`. `lost`: the port is lost, and `onLost` is called. */
  close(error: SoftqdError, lost: boolean): void {
    if (this.closedError !== null) return;
    this.closedError = error;
    const { active, queued } = this;
    this.active = null;
    this.queued = [];
    this.writes.take(Infinity);
    this.cancelDelay();
    active?.cancel();
    active?.reject(error);
    for (const { reject } of queued) reject(error);
    if (lost) this.onLost(error);
  }

  private startNext(): void {
    this.cancelDelay();
    while (this.active === null && this.closedError === null) {
      this.sendPendingWrites();
      if (this.queued.length === 0) return;
      const nowNs = this.clock.nowNs();
      // Requests that cannot be confused with a late reply overtake one that can: the control loop's read does not wait for it.
      const delaysNs = this.queued.map(({ request }) => this.lateReplies.requiredDelayNs(request, nowNs));
      const index = delaysNs.indexOf(0);
      if (index < 0) {
        this.cancelDelay = this.clock.setTimer(nowNs + Math.min(...delaysNs), () => this.startNext());
        return;
      }
      const [next] = this.queued.splice(index, 1);
      this.start(next!);
    }
  }

  private sendPendingWrites(): void {
    const { due, expired } = this.writes.take(this.clock.nowNs());
    this.counters.syncWritesDropped += expired;
    for (const bytes of due) this.sendWrite(bytes);
  }

  private sendWrite(bytes: Uint8Array): boolean {
    const sent = this.send(bytes);
    if (sent) this.counters.syncWrites++;
    else this.counters.syncWritesDropped++;
    return sent;
  }

  private send(bytes: Uint8Array): boolean {
    if (!this.transport.write(bytes)) return false;
    this.readers.echo.sent(bytes);
    this.busyUntilNs = Math.max(this.clock.nowNs(), this.busyUntilNs) + this.replyTimeout.transmissionNs(bytes.length);
    return true;
  }

  private start(next: QueuedTransaction): void {
    const { request } = next;
    const stale = this.readers.flush() + (this.transport.discardInput?.() ?? 0);
    if (this.closedError !== null) {
      next.reject(this.closedError);
      return;
    }
    this.countUnsolicited(stale);
    this.mayReplyLate = false;
    this.readers.expect(request);
    const sentNs = Math.max(this.clock.nowNs(), this.busyUntilNs);
    if (!this.send(request.bytes)) {
      const { path } = this.transport;
      next.reject(new SoftqdError('E_TIMEOUT', `${path}: cannot write to the adapter`, { values: { path } }));
      return;
    }
    this.counters.transactions++;
    const result = emptyResult(sentNs);
    if (request.expected.length === 0) {
      next.resolve(result);
      return;
    }
    const deadlineNs = sentNs + this.timeoutNs(next);
    const active: ActiveTransaction = {
      ...next,
      sentNs,
      deadlineNs,
      result,
      receivedBytes: 0,
      cancel: () => undefined,
    };
    this.active = active;
    // A timer may fire before bytes that arrived at the same time are read: the operating system's buffer is read first.
    active.cancel = this.clock.setTimer(deadlineNs, () => setImmediate(() => this.finish(active)));
  }

  private timeoutNs({ request, timeout }: QueuedTransaction): number {
    const { bytes, expected, fast, replyBytes } = request;
    return (
      timeout.fixedTimeoutNs ??
      this.replyTimeout.timeoutNs(
        { requestBytes: bytes.length, replyBytes, replies: fast ? 1 : expected.length },
        timeout,
      )
    );
  }

  private receive(chunk: Uint8Array): void {
    const nowNs = this.clock.nowNs();
    const bytes = this.readers.echo.receive(chunk);
    this.counters.echoes = this.readers.echo.count;
    const { active } = this;
    if (active === null) {
      this.countUnsolicited(bytes.length);
      return;
    }
    this.counters.unsolicitedPackets += this.readers.decode(bytes, active, nowNs);
    if (active.timeout.fixedTimeoutNs !== undefined || !isComplete(active)) return;
    const { request, result, timeout, sentNs } = active;
    if (allReplied(request, result) && timeout.writesEeprom !== true)
      this.replyTimeout.recordReply(nowNs - sentNs, request.bytes.length + request.replyBytes);
    this.finish(active);
  }

  private countUnsolicited(bytes: number): void {
    if (bytes === 0) return;
    this.counters.unsolicitedBytes += bytes;
    if (this.mayReplyLate) this.replyTimeout.recordLateReply();
    this.mayReplyLate = false;
  }

  /** Expected replies that may still arrive: as long as fewer bytes were received than all of them have. */
  private missingReplies({ request, result, receivedBytes }: ActiveTransaction): readonly ExpectedReply[] {
    if (receivedBytes >= request.replyBytes) return [];
    return request.expected.filter(({ id }) => !result.replies.has(id));
  }

  private finish(active: ActiveTransaction): void {
    if (this.active !== active) return;
    this.active = null;
    active.cancel();
    const { request, result, timeout } = active;
    this.mayReplyLate = active.receivedBytes === 0;
    if (timeout.fixedTimeoutNs === undefined) {
      this.counters.recordReplies(request, result);
      this.lateReplies.recordTimeout(request, this.missingReplies(active), this.clock.nowNs());
    }
    active.resolve(result);
    // The continuation of the resolved promise may send a sync write; it goes before the next request.
    queueMicrotask(() => this.startNext());
  }
}
