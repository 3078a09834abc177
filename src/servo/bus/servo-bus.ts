import { type Cancel, type Clock, NS_PER_MS } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import { readRegister, registerBytes, type Register } from '../../wire/registers.ts';
import type { SerialTransport } from '../../serial/index.ts';
import { BusCounters, type ServoBusCounters } from './bus-counters.ts';
import type { Reply, BusProtocol, ReplyReader, Request, Span } from './bus-protocol.ts';
import { EchoFilter } from './echo-filter.ts';
import { LateReplyGuard } from './late-reply-guard.ts';
import { PendingWrites } from './pending-writes.ts';
import { ReplyTimeout } from './reply-timeout.ts';
import type { ServoAccess, ServoReply, ServoBus, ServoIdentity } from '../port.ts';
import {
  isComplete,
  emptyResult,
  type ActiveTransaction,
  type QueuedTransaction,
  type TimeoutOptions,
} from './pending-transaction.ts';
import { allReplied, missingReplyError, readOnlyRegisterError, type TransactionResult } from './transaction.ts';

/** Requests that may wait for the one on the wire. */
const MAX_QUEUED_REQUESTS = 64;
const MAX_READERS = 16;
/** Fewer bytes without a packet are a glitch of the adapter as it turns round, not somebody's answer. */
const MIN_REPLY_BYTES = 4;

export interface SerialServoBusOptions {
  readonly transport: SerialTransport;
  readonly baudRate: number;
  readonly protocol: BusProtocol;
  readonly clock: Clock;
  /** Goes on counting when a bus is opened again. */
  readonly counters?: BusCounters;
}

/** A servo bus behind a serial line; see ServoBus for what holds. */
export class SerialServoBus implements ServoBus {
  readonly protocol: 'feetech' | 'dynamixel';
  readonly baudRate: number;
  readonly registers: Readonly<Record<string, Register>>;
  readonly transport: SerialTransport;
  readonly busProtocol: BusProtocol;
  readonly replyTimeout: ReplyTimeout;
  /** Called once when the line is lost, not after `close`. */
  onLost: (error: SoftqdError) => void = () => undefined;
  private readonly clock: Clock;
  private readonly counterRows: BusCounters;
  /** By the longest reply they read. */
  private readonly readers = new Map<number, ReplyReader>();
  private reader: ReplyReader;
  private readonly echo = new EchoFilter();
  private waiting: QueuedTransaction[] = [];
  private readonly writes = new PendingWrites();
  private active: ActiveTransaction | null = null;
  private readonly lateReplies = new LateReplyGuard();
  private cancelHold: Cancel = () => undefined;
  private busyUntilNs = 0;
  private fast = false;
  /** The last request's time was over with nothing heard: what came since may be its answer. */
  private mayReplyLate = false;
  private closedError: SoftqdError | null = null;

  constructor({ transport, baudRate, protocol, clock, counters = new BusCounters() }: SerialServoBusOptions) {
    this.transport = transport;
    this.baudRate = baudRate;
    this.busProtocol = protocol;
    this.protocol = protocol.name;
    this.registers = protocol.registers;
    this.clock = clock;
    this.counterRows = counters;
    this.replyTimeout = new ReplyTimeout(baudRate);
    this.reader = protocol.newReader(0);
    transport.onBytes = (chunk) => this.receive(chunk);
    transport.onLost = (error) => this.closeWith(error, true);
  }

  get path(): string {
    return this.transport.path;
  }

  get counters(): ServoBusCounters {
    return this.counterRows;
  }

  get isOpen(): boolean {
    return this.closedError === null;
  }

  /** Sync reads by one packet for all; the caller knows that every servo can. Nothing for Feetech. */
  set fastSyncRead(fast: boolean) {
    this.fast = fast && this.protocol === 'dynamixel';
  }

  get fastSyncRead(): boolean {
    return this.fast;
  }

  async ping(id: number): Promise<ServoIdentity | null> {
    const { outcome } = await this.transact(this.busProtocol.pingRequest(id));
    const answer = outcome.replies.get(id);
    return answer === undefined || answer.refused ? null : this.busProtocol.parseIdentity(answer);
  }

  /** Ids of the servos that answer a broadcast ping; some may be missing, as their replies can collide. */
  async broadcastPing(): Promise<readonly number[]> {
    const request = this.busProtocol.broadcastPing();
    const { outcome } = await this.transact(request, {
      fixedTimeoutNs:
        this.replyTimeout.transmissionNs(request.expected.length * 14) + this.busProtocol.broadcastMs * NS_PER_MS,
    });
    return [...outcome.replies.keys()].sort((a, b) => a - b);
  }

  async read(id: number, name: string, access: ServoAccess = {}): Promise<number> {
    const register = this.register(name);
    const { data } = await this.transactOne(
      id,
      this.busProtocol.read(id, { address: register.address, length: register.size }),
      name,
      access,
    );
    return readRegister(register, data);
  }

  /** `length` bytes of one servo's control table. */
  async readSpan(id: number, span: Span, access: ServoAccess = {}): Promise<Uint8Array> {
    const { data } = await this.transactOne(
      id,
      this.busProtocol.read(id, span),
      `registers from ${span.address}`,
      access,
    );
    return data;
  }

  async write(id: number, name: string, value: number, access: ServoAccess = {}): Promise<void> {
    const register = this.register(name);
    if (register.access === 'read') throw readOnlyRegisterError(id, name);
    await this.transactOne(
      id,
      this.busProtocol.write(id, register.address, registerBytes(register, value)),
      `${name} = ${value}`,
      { ...access, writesEeprom: register.area === 'eeprom' },
    );
  }

  /** `mostMarginNs`: wait no longer than this beyond wire time and return delays, however slow the adapter was before. */
  async syncRead({
    address,
    length,
    ids,
    maxMarginNs,
  }: Span & { readonly ids: readonly number[]; readonly maxMarginNs?: number | undefined }): Promise<
    readonly ServoReply[]
  > {
    const request = this.busProtocol.syncRead({ address, length }, ids, this.fast);
    const { outcome } = await this.transact(request, { maxMarginNs });
    return ids.map((id) => {
      const answer = outcome.replies.get(id);
      if (answer === undefined || answer.refused) {
        const { code, message } =
          answer === undefined ? missingReplyError(id, request, outcome) : this.complaint(answer, 'a sync read');
        return { kind: 'failed', id, code, detail: message };
      }
      return { kind: 'data', id, data: answer.data, statusBits: answer.error, arrivalNs: outcome.arrivalNs };
    });
  }

  syncWrite({
    address,
    length,
    items,
  }: Span & { readonly items: readonly { readonly id: number; readonly data: Uint8Array }[] }): boolean {
    if (this.closedError !== null) return false;
    const bytes = this.busProtocol.syncWrite({ address, length }, items);
    if (this.active === null && this.writes.isEmpty) return this.sendWrite(bytes);
    // Half-duplex: a reply is on its way.
    const { accepted, dropped } = this.writes.add({ address, bytes }, this.clock.nowNs());
    this.counterRows.syncWritesDropped += dropped;
    return accepted;
  }

  async reboot(id: number): Promise<void> {
    const request = this.busProtocol.reboot(id);
    if (request.expected.length === 0) await this.transact(request);
    else await this.transactOne(id, request, 'a reboot', { ignoreFaults: true });
    await new Promise<void>((resolve) =>
      this.clock.setTimer(this.clock.nowNs() + this.busProtocol.rebootMs * NS_PER_MS, resolve),
    );
  }

  async close(): Promise<void> {
    this.closeWith(new SoftqdError('E_SERIAL_LOST', `${this.path}: the bus is closed`), false);
    await this.transport.close();
  }

  /** The error behind an error byte that is not 0. */
  private complaint(answer: Reply, what: string): SoftqdError {
    return (
      this.busProtocol.statusError(answer, what) ??
      new SoftqdError('E_INTERNAL', `servo ${answer.id}: no error in ${what}`)
    );
  }

  private register(name: string): Register {
    const register = Object.hasOwn(this.registers, name) ? this.registers[name] : undefined;
    if (register !== undefined) return register;
    throw new SoftqdError('E_SERVO_VALUE', `${this.protocol} servos have no register ${name}`, {
      values: { register: name },
    });
  }

  private async transactOne(
    id: number,
    request: Request,
    what: string,
    { ignoreFaults = false, ...waits }: ServoAccess & TimeoutOptions,
  ): Promise<Reply> {
    const { outcome } = await this.transact(request, waits);
    const answer = outcome.replies.get(id);
    if (answer === undefined) throw missingReplyError(id, request, outcome);
    const complaint = this.busProtocol.statusError(answer, what);
    if (complaint !== null && (answer.refused || !ignoreFaults)) throw complaint;
    return answer;
  }

  private transact(request: Request, waits: TimeoutOptions = {}): Promise<{ outcome: TransactionResult }> {
    return new Promise((resolve, reject) => {
      if (this.closedError !== null) {
        reject(this.closedError);
        return;
      }
      if (this.waiting.length >= MAX_QUEUED_REQUESTS) {
        reject(new SoftqdError('E_TIMEOUT', `${this.path}: request queue full (${MAX_QUEUED_REQUESTS} requests)`));
        return;
      }
      this.waiting.push({ request, waits, resolve: (outcome) => resolve({ outcome }), reject });
      this.startNext();
    });
  }

  private startNext(): void {
    this.cancelHold();
    while (this.active === null && this.closedError === null) {
      this.sendPending();
      const [next] = this.waiting;
      if (next === undefined) return;
      const nowNs = this.clock.nowNs();
      const holdNs = this.lateReplies.requiredDelayNs(next.request, nowNs);
      if (holdNs > 0) {
        this.cancelHold = this.clock.setTimer(nowNs + holdNs, () => this.startNext());
        return;
      }
      this.waiting.shift();
      this.startTransaction(next);
    }
  }

  private sendPending(): void {
    const { due, expired } = this.writes.take(this.clock.nowNs());
    this.counterRows.syncWritesDropped += expired;
    for (const bytes of due) this.sendWrite(bytes);
  }

  private sendWrite(bytes: Uint8Array): boolean {
    const sent = this.writeBytes(bytes);
    if (sent) this.counterRows.syncWrites++;
    else this.counterRows.syncWritesDropped++;
    return sent;
  }

  private writeBytes(bytes: Uint8Array): boolean {
    if (!this.transport.write(bytes)) return false;
    this.echo.sent(bytes);
    this.busyUntilNs = Math.max(this.clock.nowNs(), this.busyUntilNs) + this.replyTimeout.transmissionNs(bytes.length);
    return true;
  }

  private startTransaction(asked: QueuedTransaction): void {
    const { request } = asked;
    const stale = this.reader.flush() + (this.transport.discardInput?.() ?? 0);
    if (this.closedError !== null) {
      asked.reject(this.closedError);
      return;
    }
    this.countUnsolicited(stale);
    this.mayReplyLate = false;
    this.reader = this.readerFor(request.maxDataBytes);
    const nowNs = this.clock.nowNs();
    const sentNs = Math.max(nowNs, this.busyUntilNs);
    if (!this.writeBytes(request.bytes)) {
      asked.reject(
        new SoftqdError('E_TIMEOUT', `${this.path}: cannot write to the adapter`, { values: { path: this.path } }),
      );
      return;
    }
    this.counterRows.transactions++;
    if (request.expected.length === 0) {
      asked.resolve(emptyResult(sentNs));
      return;
    }
    const { expected, fast, replyBytes } = request;
    const timeoutNs =
      asked.waits.fixedTimeoutNs ??
      this.replyTimeout.timeoutNs(
        { requestBytes: request.bytes.length, replyBytes, replies: fast ? 1 : expected.length },
        asked.waits,
      );
    const outcome: TransactionResult = emptyResult(sentNs);
    const deadlineNs = sentNs + timeoutNs;
    const flight: ActiveTransaction = {
      ...asked,
      sentNs,
      deadlineNs,
      outcome,
      receivedBytes: 0,
      cancel: () => undefined,
    };
    this.active = flight;
    // What the operating system has by now is read before the verdict: a timer may come before the bytes of the same instant.
    flight.cancel = this.clock.setTimer(deadlineNs, () => setImmediate(() => this.finishTransaction(flight)));
  }

  private readerFor(maxDataBytes: number): ReplyReader {
    let reader = this.readers.get(maxDataBytes);
    if (reader === undefined) {
      if (this.readers.size >= MAX_READERS) this.readers.clear();
      reader = this.busProtocol.newReader(maxDataBytes);
      this.readers.set(maxDataBytes, reader);
    }
    return reader;
  }

  private receive(chunk: Uint8Array): void {
    const nowNs = this.clock.nowNs();
    const bytes = this.echo.receive(chunk);
    this.counterRows.echoes = this.echo.count;
    const { active } = this;
    if (active === null) {
      this.countUnsolicited(bytes.length);
      return;
    }
    active.receivedBytes += bytes.length;
    active.outcome.bytes = active.receivedBytes;
    const damagedBefore = this.reader.counters.checksumErrors + this.reader.counters.lengthErrors;
    this.reader.append(bytes);
    for (let heard = this.reader.next(active.request); heard !== null; heard = this.reader.next(active.request)) {
      if (heard.kind === 'answers') {
        for (const answer of heard.answers)
          if (!active.outcome.replies.has(answer.id)) active.outcome.replies.set(answer.id, answer);
        active.outcome.arrivalNs = nowNs;
        this.echo.answered();
      } else if (heard.kind === 'wrong-length') active.outcome.wrongLength.set(heard.id, heard.got);
      else {
        this.counterRows.unsolicitedPackets++;
        if (active.outcome.unexpectedIds.length < 8) active.outcome.unexpectedIds.push(heard.id);
      }
    }
    const { checksumErrors, lengthErrors } = this.reader.counters;
    active.outcome.corruptPackets += checksumErrors + lengthErrors - damagedBefore;
    if (active.waits.fixedTimeoutNs === undefined && isComplete(active)) {
      if (allReplied(active.request, active.outcome) && active.waits.writesEeprom !== true)
        this.replyTimeout.recordReply(nowNs - active.sentNs, active.request.bytes.length + active.request.replyBytes);
      this.finishTransaction(active);
    }
  }

  private countUnsolicited(bytes: number): void {
    if (bytes === 0) return;
    this.counterRows.unsolicitedBytes += bytes;
    if (this.mayReplyLate) this.replyTimeout.recordLateReply();
    this.mayReplyLate = false;
  }

  private finishTransaction(flight: ActiveTransaction): void {
    if (this.active !== flight) return;
    this.active = null;
    flight.cancel();
    if (flight.waits.fixedTimeoutNs === undefined) this.count(flight);
    this.mayReplyLate = flight.receivedBytes === 0;
    if (this.mayReplyLate && flight.waits.fixedTimeoutNs === undefined)
      this.lateReplies.recordTimeout(flight.request, this.clock.nowNs());
    flight.resolve(flight.outcome);
    // Whoever waited for this may have a sync write to send, which then goes before the next request: a promise's turn later.
    queueMicrotask(() => this.startNext());
  }

  private count({ request: { expected }, outcome }: ActiveTransaction): void {
    const garbled = expected.length === 1 && outcome.bytes >= MIN_REPLY_BYTES && outcome.unexpectedIds.length === 0;
    let damaged = Math.max(outcome.corruptPackets, garbled ? 1 : 0);
    for (const { id } of expected) {
      const row = this.counterRows.of(id);
      const answer = outcome.replies.get(id);
      row.requested++;
      if (answer !== undefined) {
        if (answer.error !== 0) row.statusBits++;
        continue;
      }
      row.lost++;
      if (outcome.wrongLength.has(id)) row.wrongLength++;
      else if (damaged-- > 0) row.checksum++;
      else if (outcome.unexpectedIds.length > 0 && expected.length === 1) row.wrongId++;
      else row.noReply++;
    }
  }

  private closeWith(error: SoftqdError, lost: boolean): void {
    if (this.closedError !== null) return;
    this.closedError = error;
    const { active, waiting } = this;
    this.active = null;
    this.waiting = [];
    this.writes.take(Infinity);
    this.cancelHold();
    active?.cancel();
    active?.reject(error);
    for (const { reject } of waiting) reject(error);
    if (lost) this.onLost(error);
  }
}
