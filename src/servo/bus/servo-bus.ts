import { type Cancel, type Clock, NS_PER_MS } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import { readRegister, registerBytes, type Register } from '../../wire/registers.ts';
import type { SerialLine } from '../../serial/open-serial.ts';
import { BusCounters, type ServoBusCounters } from './bus-counters.ts';
import type { Answer, BusProtocol, ReplyReader, Request, Span } from './bus-protocol.ts';
import { EchoFilter } from './echo-filter.ts';
import { LateReplies } from './late-reply-guard.ts';
import { PendingWrites } from './pending-writes.ts';
import { Patience } from './reply-timeout.ts';
import type { ServoAccess, ServoAnswer, ServoBus, ServoIdentity } from '../port.ts';
import { isComplete, newOutcome, type Flight, type Waiting, type Waits } from './pending-transaction.ts';
import { answered, noAnswer, refusedRegister, type Outcome } from './transaction.ts';

/** Requests that may wait for the one on the wire. */
const MOST_WAITING = 64;
const MOST_READERS = 16;
/** Fewer bytes without a packet are a glitch of the adapter as it turns round, not somebody's answer. */
const LEAST_ANSWER_BYTES = 4;

export interface SerialServoBusParts {
  readonly line: SerialLine;
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
  readonly line: SerialLine;
  readonly dialect: BusProtocol;
  readonly patience: Patience;
  /** Called once when the line is lost, not after `close`. */
  onLost: (error: SoftqdError) => void = () => undefined;
  private readonly clock: Clock;
  private readonly rows: BusCounters;
  /** By the longest reply they read. */
  private readonly readers = new Map<number, ReplyReader>();
  private reader: ReplyReader;
  private readonly echo = new EchoFilter();
  private waiting: Waiting[] = [];
  private readonly writes = new PendingWrites();
  private flight: Flight | null = null;
  private readonly late = new LateReplies();
  private cancelHold: Cancel = () => undefined;
  private busyUntilNs = 0;
  private fast = false;
  /** The last request's time was over with nothing heard: what came since may be its answer. */
  private lateIsPossible = false;
  private over: SoftqdError | null = null;

  constructor({ line, baudRate, protocol, clock, counters = new BusCounters() }: SerialServoBusParts) {
    this.line = line;
    this.baudRate = baudRate;
    this.dialect = protocol;
    this.protocol = protocol.name;
    this.registers = protocol.registers;
    this.clock = clock;
    this.rows = counters;
    this.patience = new Patience(baudRate);
    this.reader = protocol.newReader(0);
    line.onBytes = (chunk) => this.receive(chunk);
    line.onLost = (error) => this.end(error, true);
  }

  get path(): string {
    return this.line.path;
  }

  get counters(): ServoBusCounters {
    return this.rows;
  }

  get isOpen(): boolean {
    return this.over === null;
  }

  /** Sync reads by one packet for all; the caller knows that every servo can. Nothing for Feetech. */
  set fastSyncRead(fast: boolean) {
    this.fast = fast && this.protocol === 'dynamixel';
  }

  get fastSyncRead(): boolean {
    return this.fast;
  }

  async ping(id: number): Promise<ServoIdentity | null> {
    const { outcome } = await this.ask(this.dialect.identify(id));
    const answer = outcome.answers.get(id);
    return answer === undefined || answer.refused ? null : this.dialect.identity(answer);
  }

  /** Ids of the servos that answer a broadcast ping; some may be missing, as their replies can collide. */
  async broadcastPing(): Promise<readonly number[]> {
    const request = this.dialect.broadcastPing();
    const { outcome } = await this.ask(request, {
      patientNs: this.patience.wireNs(request.expected.length * 14) + this.dialect.broadcastMs * NS_PER_MS,
    });
    return [...outcome.answers.keys()].sort((a, b) => a - b);
  }

  async read(id: number, name: string, access: ServoAccess = {}): Promise<number> {
    const register = this.register(name);
    const { data } = await this.askOne(
      id,
      this.dialect.read(id, { address: register.address, length: register.size }),
      name,
      access,
    );
    return readRegister(register, data);
  }

  /** `length` bytes of one servo's control table. */
  async readSpan(id: number, span: Span, access: ServoAccess = {}): Promise<Uint8Array> {
    const { data } = await this.askOne(id, this.dialect.read(id, span), `registers from ${span.address}`, access);
    return data;
  }

  async write(id: number, name: string, value: number, access: ServoAccess = {}): Promise<void> {
    const register = this.register(name);
    if (register.access === 'read') throw refusedRegister(id, name);
    await this.askOne(
      id,
      this.dialect.write(id, register.address, registerBytes(register, value)),
      `${name} = ${value}`,
      { ...access, slow: register.area === 'eeprom' },
    );
  }

  /** `mostMarginNs`: wait no longer than this beyond wire time and return delays, however slow the adapter was before. */
  async syncRead({
    address,
    length,
    ids,
    mostMarginNs,
  }: Span & { readonly ids: readonly number[]; readonly mostMarginNs?: number | undefined }): Promise<
    readonly ServoAnswer[]
  > {
    const request = this.dialect.syncRead({ address, length }, ids, this.fast);
    const { outcome } = await this.ask(request, { mostMarginNs });
    return ids.map((id) => {
      const answer = outcome.answers.get(id);
      if (answer === undefined || answer.refused) {
        const { code, message } =
          answer === undefined ? noAnswer(id, request, outcome) : this.complaint(answer, 'a sync read');
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
    if (this.over !== null) return false;
    const bytes = this.dialect.syncWrite({ address, length }, items);
    if (this.flight === null && this.writes.isEmpty) return this.sendWrite(bytes);
    // Half-duplex: a reply is on its way.
    const { taken, dropped } = this.writes.add({ address, bytes }, this.clock.nowNs());
    this.rows.syncWritesDropped += dropped;
    return taken;
  }

  async reboot(id: number): Promise<void> {
    const request = this.dialect.reboot(id);
    if (request.expected.length === 0) await this.ask(request);
    else await this.askOne(id, request, 'a reboot', { acceptStatus: true });
    await new Promise<void>((resolve) =>
      this.clock.at(this.clock.nowNs() + this.dialect.rebootMs * NS_PER_MS, resolve),
    );
  }

  async close(): Promise<void> {
    this.end(new SoftqdError('E_SERIAL_LOST', `${this.path}: the bus is closed`), false);
    await this.line.close();
  }

  /** The error behind an error byte that is not 0. */
  private complaint(answer: Answer, what: string): SoftqdError {
    return (
      this.dialect.complaint(answer, what) ?? new SoftqdError('E_INTERNAL', `servo ${answer.id}: no error in ${what}`)
    );
  }

  private register(name: string): Register {
    const register = Object.hasOwn(this.registers, name) ? this.registers[name] : undefined;
    if (register !== undefined) return register;
    throw new SoftqdError('E_SERVO_VALUE', `${this.protocol} servos have no register ${name}`, {
      values: { register: name },
    });
  }

  private async askOne(
    id: number,
    request: Request,
    what: string,
    { acceptStatus = false, ...waits }: ServoAccess & Waits,
  ): Promise<Answer> {
    const { outcome } = await this.ask(request, waits);
    const answer = outcome.answers.get(id);
    if (answer === undefined) throw noAnswer(id, request, outcome);
    const complaint = this.dialect.complaint(answer, what);
    if (complaint !== null && (answer.refused || !acceptStatus)) throw complaint;
    return answer;
  }

  private ask(request: Request, waits: Waits = {}): Promise<{ outcome: Outcome }> {
    return new Promise((resolve, reject) => {
      if (this.over !== null) {
        reject(this.over);
        return;
      }
      if (this.waiting.length >= MOST_WAITING) {
        reject(new SoftqdError('E_TIMEOUT', `${this.path}: ${MOST_WAITING} requests wait for this bus already`));
        return;
      }
      this.waiting.push({ request, waits, resolve: (outcome) => resolve({ outcome }), reject });
      this.pump();
    });
  }

  private pump(): void {
    this.cancelHold();
    while (this.flight === null && this.over === null) {
      this.sendPending();
      const [next] = this.waiting;
      if (next === undefined) return;
      const nowNs = this.clock.nowNs();
      const holdNs = this.late.holdNs(next.request, nowNs);
      if (holdNs > 0) {
        this.cancelHold = this.clock.at(nowNs + holdNs, () => this.pump());
        return;
      }
      this.waiting.shift();
      this.begin(next);
    }
  }

  private sendPending(): void {
    const { due, expired } = this.writes.take(this.clock.nowNs());
    this.rows.syncWritesDropped += expired;
    for (const bytes of due) this.sendWrite(bytes);
  }

  private sendWrite(bytes: Uint8Array): boolean {
    const sent = this.put(bytes);
    if (sent) this.rows.syncWrites++;
    else this.rows.syncWritesDropped++;
    return sent;
  }

  private put(bytes: Uint8Array): boolean {
    if (!this.line.write(bytes)) return false;
    this.echo.sent(bytes);
    this.busyUntilNs = Math.max(this.clock.nowNs(), this.busyUntilNs) + this.patience.wireNs(bytes.length);
    return true;
  }

  private begin(asked: Waiting): void {
    const { request } = asked;
    const stale = this.reader.flush() + (this.line.discardInput?.() ?? 0);
    if (this.over !== null) {
      asked.reject(this.over);
      return;
    }
    this.unsolicited(stale);
    this.lateIsPossible = false;
    this.reader = this.readerFor(request.mostData);
    const nowNs = this.clock.nowNs();
    const sentNs = Math.max(nowNs, this.busyUntilNs);
    if (!this.put(request.bytes)) {
      asked.reject(
        new SoftqdError('E_TIMEOUT', `${this.path}: the adapter does not take bytes`, { values: { path: this.path } }),
      );
      return;
    }
    this.rows.transactions++;
    if (request.expected.length === 0) {
      asked.resolve(newOutcome(sentNs));
      return;
    }
    const { expected, fast, replyBytes } = request;
    const timeoutNs =
      asked.waits.patientNs ??
      this.patience.timeoutNs(
        { requestBytes: request.bytes.length, replyBytes, replies: fast ? 1 : expected.length },
        asked.waits,
      );
    const outcome: Outcome = newOutcome(sentNs);
    const deadlineNs = sentNs + timeoutNs;
    const flight: Flight = { ...asked, sentNs, deadlineNs, outcome, receivedBytes: 0, cancel: () => undefined };
    this.flight = flight;
    // What the operating system has by now is read before the verdict: a timer may come before the bytes of the same instant.
    flight.cancel = this.clock.at(deadlineNs, () => setImmediate(() => this.finish(flight)));
  }

  private readerFor(mostData: number): ReplyReader {
    let reader = this.readers.get(mostData);
    if (reader === undefined) {
      if (this.readers.size >= MOST_READERS) this.readers.clear();
      reader = this.dialect.newReader(mostData);
      this.readers.set(mostData, reader);
    }
    return reader;
  }

  private receive(chunk: Uint8Array): void {
    const nowNs = this.clock.nowNs();
    const bytes = this.echo.receive(chunk);
    this.rows.echoes = this.echo.count;
    const { flight } = this;
    if (flight === null) {
      this.unsolicited(bytes.length);
      return;
    }
    flight.receivedBytes += bytes.length;
    flight.outcome.bytes = flight.receivedBytes;
    const damagedBefore = this.reader.counters.wrongChecksum + this.reader.counters.wrongLength;
    this.reader.append(bytes);
    for (let heard = this.reader.next(flight.request); heard !== null; heard = this.reader.next(flight.request)) {
      if (heard.kind === 'answers') {
        for (const answer of heard.answers)
          if (!flight.outcome.answers.has(answer.id)) flight.outcome.answers.set(answer.id, answer);
        flight.outcome.arrivalNs = nowNs;
        this.echo.answered();
      } else if (heard.kind === 'wrong-length') flight.outcome.wrongLength.set(heard.id, heard.got);
      else {
        this.rows.unsolicitedPackets++;
        if (flight.outcome.foreign.length < 8) flight.outcome.foreign.push(heard.id);
      }
    }
    const { wrongChecksum, wrongLength } = this.reader.counters;
    flight.outcome.damaged += wrongChecksum + wrongLength - damagedBefore;
    if (flight.waits.patientNs === undefined && isComplete(flight)) {
      if (answered(flight.request, flight.outcome) && flight.waits.slow !== true)
        this.patience.answered(nowNs - flight.sentNs, flight.request.bytes.length + flight.request.replyBytes);
      this.finish(flight);
    }
  }

  private unsolicited(bytes: number): void {
    if (bytes === 0) return;
    this.rows.unsolicitedBytes += bytes;
    if (this.lateIsPossible) this.patience.late();
    this.lateIsPossible = false;
  }

  private finish(flight: Flight): void {
    if (this.flight !== flight) return;
    this.flight = null;
    flight.cancel();
    if (flight.waits.patientNs === undefined) this.count(flight);
    this.lateIsPossible = flight.receivedBytes === 0;
    if (this.lateIsPossible && flight.waits.patientNs === undefined) this.late.miss(flight.request, this.clock.nowNs());
    flight.resolve(flight.outcome);
    // Whoever waited for this may have a sync write to send, which then goes before the next request: a promise's turn later.
    queueMicrotask(() => this.pump());
  }

  private count({ request: { expected }, outcome }: Flight): void {
    const garbled = expected.length === 1 && outcome.bytes >= LEAST_ANSWER_BYTES && outcome.foreign.length === 0;
    let damaged = Math.max(outcome.damaged, garbled ? 1 : 0);
    for (const { id } of expected) {
      const row = this.rows.of(id);
      const answer = outcome.answers.get(id);
      row.asked++;
      if (answer !== undefined) {
        if (answer.error !== 0) row.statusBits++;
        continue;
      }
      row.lost++;
      if (outcome.wrongLength.has(id)) row.wrongLength++;
      else if (damaged-- > 0) row.checksum++;
      else if (outcome.foreign.length > 0 && expected.length === 1) row.wrongId++;
      else row.noReply++;
    }
  }

  private end(error: SoftqdError, lost: boolean): void {
    if (this.over !== null) return;
    this.over = error;
    const { flight, waiting } = this;
    this.flight = null;
    this.waiting = [];
    this.writes.take(Infinity);
    this.cancelHold();
    flight?.cancel();
    flight?.reject(error);
    for (const { reject } of waiting) reject(error);
    if (lost) this.onLost(error);
  }
}
