import { NS_PER_MS, type Clock } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { SerialTransport } from '../../serial/index.ts';
import { readRegister, registerBytes } from '../../wire/registers.ts';
import type { ServoAccess, ServoBus, ServoIdentity, ServoReply } from '../port.ts';
import type { Reply, Request, Span, SyncWriteItem } from '../protocols/request.ts';
import type { ServoProtocol } from '../protocols/servo-protocol.ts';
import { registerOf } from '../registers/register-of.ts';
import { BusCounters, type ServoBusCounters } from './bus-counters.ts';
import type { TimeoutOptions } from './pending-transaction.ts';
import type { ReplyTimeout } from './reply-timeout.ts';
import { TransactionQueue } from './transaction-queue.ts';
import { missingReplyError, readOnlyRegisterError } from './transaction.ts';

/** Wire time of one reply to a broadcast ping, in bytes. */
const BROADCAST_REPLY_BYTES = 14;

export interface SerialServoBusOptions {
  readonly transport: SerialTransport;
  readonly baudRate: number;
  readonly protocol: ServoProtocol;
  readonly clock: Clock;
  /** The counters to continue when a bus is opened again. */
  readonly counters?: BusCounters;
}

/** A servo bus on a serial port. Contract: ServoBus. */
export class SerialServoBus implements ServoBus {
  readonly protocol: ServoProtocol;
  readonly baudRate: number;
  readonly transport: SerialTransport;
  private readonly clock: Clock;
  private readonly counterRows: BusCounters;
  private readonly transactions: TransactionQueue;
  private fast = false;

  constructor({ transport, baudRate, protocol, clock, counters = new BusCounters() }: SerialServoBusOptions) {
    this.transport = transport;
    this.baudRate = baudRate;
    this.protocol = protocol;
    this.clock = clock;
    this.counterRows = counters;
    this.transactions = new TransactionQueue({ transport, baudRate, packets: protocol.packets, clock, counters });
  }

  get path(): string {
    return this.transport.path;
  }

  get counters(): ServoBusCounters {
    return this.counterRows;
  }

  get replyTimeout(): ReplyTimeout {
    return this.transactions.replyTimeout;
  }

  get isOpen(): boolean {
    return this.transactions.isOpen;
  }

  /** Called once when the port is lost, not after `close`. */
  set onLost(listener: (error: SoftqdError) => void) {
    this.transactions.onLost = listener;
  }

  /** Whether sync reads bring all replies in one packet. The caller sets it only when every servo supports it. */
  get fastSyncRead(): boolean {
    return this.fast;
  }

  set fastSyncRead(fast: boolean) {
    this.fast = fast;
  }

  async ping(id: number): Promise<ServoIdentity | null> {
    const { packets } = this.protocol;
    const { replies } = await this.transactions.run(packets.pingRequest(id));
    const reply = replies.get(id);
    return reply === undefined || reply.rejected ? null : packets.parseIdentity(reply);
  }

  async broadcastPing(): Promise<readonly number[]> {
    const { packets } = this.protocol;
    const request = packets.broadcastPing();
    const wireNs = this.replyTimeout.transmissionNs(request.expected.length * BROADCAST_REPLY_BYTES);
    const { replies } = await this.transactions.run(request, {
      fixedTimeoutNs: wireNs + packets.broadcastMs * NS_PER_MS,
    });
    return [...replies.keys()].sort((a, b) => a - b);
  }

  async read(id: number, name: string, access: ServoAccess = {}): Promise<number> {
    const register = registerOf(this.protocol, name);
    const request = this.protocol.packets.read(id, { address: register.address, length: register.size });
    const { data } = await this.transactOne(id, request, name, access);
    return readRegister(register, data);
  }

  async write(id: number, name: string, value: number, access: ServoAccess = {}): Promise<void> {
    const register = registerOf(this.protocol, name);
    if (register.access === 'read') throw readOnlyRegisterError(id, name);
    const request = this.protocol.packets.write(id, register.address, registerBytes(register, value));
    const writesEeprom = register.area === 'eeprom';
    await this.transactOne(id, request, `${name} = ${value}`, { ...access, writesEeprom });
  }

  async syncRead({
    address,
    length,
    ids,
    maxMarginNs,
  }: Span & { readonly ids: readonly number[]; readonly maxMarginNs?: number | undefined }): Promise<
    readonly ServoReply[]
  > {
    const request = this.protocol.packets.syncRead({ address, length }, ids, this.fast);
    const result = await this.transactions.run(request, { maxMarginNs });
    return ids.map((id) => {
      const reply = result.replies.get(id);
      if (reply === undefined || reply.rejected) {
        const { code, message } =
          reply === undefined ? missingReplyError(id, request, result) : this.refusal(reply, 'a sync read');
        return { kind: 'failed', id, code, detail: message };
      }
      return { kind: 'data', id, data: reply.data, statusBits: reply.error, arrivalNs: result.arrivalNs };
    });
  }

  syncWrite({
    address,
    length,
    items,
    expires = true,
  }: Span & { readonly items: readonly SyncWriteItem[]; readonly expires?: boolean }): boolean {
    if (!this.isOpen) return false;
    const bytes = this.protocol.packets.syncWrite({ address, length }, items);
    return this.transactions.write({ address, bytes, expires });
  }

  async reboot(id: number): Promise<void> {
    const { packets } = this.protocol;
    const request = packets.reboot(id);
    if (request.expected.length === 0) await this.transactions.run(request);
    else await this.transactOne(id, request, 'a reboot', { ignoreFaults: true });
    const untilNs = this.clock.nowNs() + packets.rebootMs * NS_PER_MS;
    await new Promise<void>((resolve) => this.clock.setTimer(untilNs, resolve));
  }

  async close(): Promise<void> {
    this.transactions.close(new SoftqdError('E_SERIAL_LOST', `${this.path}: the bus is closed`), false);
    await this.transport.close();
  }

  /** The error of a reply that rejects the request. */
  private refusal(reply: Reply, what: string): SoftqdError {
    const error = this.protocol.packets.statusError(reply, what);
    return error ?? new SoftqdError('E_INTERNAL', `servo ${reply.id}: no error in ${what}`);
  }

  private async transactOne(
    id: number,
    request: Request,
    what: string,
    { ignoreFaults = false, ...timeout }: ServoAccess & TimeoutOptions,
  ): Promise<Reply> {
    const result = await this.transactions.run(request, timeout);
    const reply = result.replies.get(id);
    if (reply === undefined) throw missingReplyError(id, request, result);
    const error = this.protocol.packets.statusError(reply, what);
    if (error !== null && (reply.rejected || !ignoreFaults)) throw error;
    return reply;
  }
}
