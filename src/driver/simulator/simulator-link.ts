import type { RawData, WebSocket } from 'ws';
import { ERROR_CODES, type ErrorCode } from '../../base/error-codes.ts';
import { NS_PER_MS, type Cancel, type Clock } from '../../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { closeCause } from '../connection/close-cause.ts';
import { decodeSimulationReply, encodeSimulationRequest } from '../../wire/simulation/simulation.ts';
import type { SimulationReply, SimulationRequest } from '../../wire/simulation/simulation-messages.ts';

/** Receives the reply to a request. */
export interface PendingRequest {
  answered(reply: SimulationReply): void;
  failed(error: SoftqdError): void;
}

export interface LinkLimits {
  readonly url: string;
  readonly receiveTimeoutMs: number;
  readonly maxFrameBytes: number;
  readonly maxUnsentBytes: number;
  readonly maxPending: number;
}

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never;

/** Sends requests, matches replies to pending requests, and detects a lost connection or a receive timeout. */
export class SimulatorLink {
  /** Receives messages that are not replies: pushed readings, a changed spec, errors. */
  onUnsolicitedReading: (reply: SimulationReply) => void = () => undefined;
  /** Called once, when the connection to the simulator is lost. */
  onLost: (error: SoftqdError) => void = () => undefined;
  /**
   * Real time: receives the error of a damaged frame, which is passed over, and the receive timeout applies also without a pending request.
   * null: lock-step, a damaged frame is a loss.
   */
  onDamaged: ((error: SoftqdError) => void) | null = null;
  private readonly socket: WebSocket;
  private readonly limits: LinkLimits;
  private readonly logger: Logger;
  private readonly pendingRequests = new Map<number, PendingRequest>();
  private readonly cancelWatch: Cancel;
  private nextId = 1;
  private received = 0;
  private ended: SoftqdError | null = null;

  constructor(socket: WebSocket, limits: LinkLimits, tools: { wallClock: Clock; logger: Logger }) {
    this.socket = socket;
    this.limits = limits;
    this.logger = tools.logger;
    socket.on('message', (data, isBinary) => this.receive(data, isBinary));
    socket.on('error', (error) =>
      this.lose(
        new SoftqdError('E_FRAME_INVALID', `${limits.url} sent an invalid frame: ${error.message}`, { cause: error }),
      ),
    );
    socket.on('close', (code, reason) => {
      this.lose(this.lossError(`is lost: ${closeCause(code, reason.toString())}`, { closeCode: code }));
    });
    this.cancelWatch = this.watchReceiveTimeout(tools.wallClock);
  }

  /** Why nothing can be sent any more, or null. */
  get failure(): SoftqdError | null {
    return this.ended;
  }

  /** Sends a request; `waiter` receives its reply. Throws when the link is lost or too many requests are pending. */
  send(request: Unnumbered<SimulationRequest>, waiter: PendingRequest | null): void {
    if (this.ended) throw this.ended;
    const { maxPending, maxUnsentBytes } = this.limits;
    if (waiter && this.pendingRequests.size >= maxPending)
      throw new SoftqdError('E_SIMULATOR', `too many pending requests (${maxPending})`);
    if (this.socket.bufferedAmount > maxUnsentBytes) {
      const error = this.lossError('does not read from the connection', { unsentBytes: this.socket.bufferedAmount });
      this.lose(error);
      throw error;
    }
    const id = this.nextId;
    this.nextId = id === 0xffffffff ? 1 : id + 1;
    if (waiter) this.pendingRequests.set(id, waiter);
    this.socket.send(encodeSimulationRequest({ ...request, id }));
  }

  /** Sends a request and resolves with its reply of the expected type; an Error reply rejects. */
  ask<T extends SimulationReply['type']>(
    request: Unnumbered<SimulationRequest>,
    wanted: T,
  ): Promise<Extract<SimulationReply, { type: T }>> {
    return new Promise((resolve, reject) => {
      this.send(request, {
        answered: (reply) => {
          if (reply.type === wanted) resolve(reply as Extract<SimulationReply, { type: T }>);
          else reject(replyError(reply, wanted));
        },
        failed: reject,
      });
    });
  }

  /** Closes the connection and rejects pending requests. Resolves when it is closed. */
  async close(): Promise<void> {
    if (this.socket.readyState === this.socket.CLOSED) return;
    this.end(new SoftqdError('E_SIMULATOR_LOST', 'connection to the simulator closed by softqd'));
    const closed = new Promise<void>((resolve) => this.socket.once('close', () => resolve()));
    this.socket.close(1000);
    const timer = setTimeout(() => this.socket.terminate(), 500);
    await closed;
    clearTimeout(timer);
  }

  private receive(data: RawData, isBinary: boolean): void {
    if (this.ended) return;
    this.received++;
    let reply: SimulationReply;
    try {
      if (!isBinary) throw new SoftqdError('E_FRAME_INVALID', 'text frame received; this protocol is binary');
      reply = decodeSimulationReply(data as Buffer, this.limits.maxFrameBytes);
    } catch (error) {
      this.receiveDamaged(toSoftqdError(error, 'E_FRAME_INVALID'));
      return;
    }
    if (reply.replyTo === 0) {
      this.onUnsolicitedReading(reply);
      return;
    }
    const waiter = this.pendingRequests.get(reply.replyTo);
    this.pendingRequests.delete(reply.replyTo);
    // A command in real time has no waiter, but the simulator can reject it.
    if (waiter) waiter.answered(reply);
    else this.onUnsolicitedReading(reply);
  }

  private receiveDamaged(error: SoftqdError): void {
    const { url } = this.limits;
    if (this.onDamaged !== null) this.onDamaged(error);
    else
      this.lose(
        new SoftqdError(
          error.code,
          `${url} sent a damaged frame, after which lock-step cannot continue: ${error.message}`,
          {
            cause: error,
            values: { url },
          },
        ),
      );
  }

  /**
   * Checks four times per timeout whether anything was received, and in real time also whether the oldest request was answered; it has no
   * cost per message.
   */
  private watchReceiveTimeout(wallClock: Clock): Cancel {
    const { receiveTimeoutMs } = this.limits;
    const lookEveryNs = (receiveTimeoutMs / 4) * NS_PER_MS;
    let receivedThen = this.received;
    let oldestThen: number | undefined;
    let silentLooks = 0;
    let unansweredLooks = 0;
    const look = (): void => {
      const oldest = this.pendingRequests.keys().next().value;
      const isSilent = this.received === receivedThen;
      const isUnanswered = oldest !== undefined && oldest === oldestThen;
      silentLooks = isSilent && (this.onDamaged !== null || isUnanswered) ? silentLooks + 1 : 0;
      unansweredLooks = isUnanswered ? unansweredLooks + 1 : 0;
      receivedThen = this.received;
      oldestThen = oldest;
      const problem =
        silentLooks >= 4
          ? 'is connected but sent nothing'
          : unansweredLooks >= 4
            ? 'sends readings but did not answer a request'
            : null;
      if (problem === null) cancel = wallClock.setTimer(wallClock.nowNs() + lookEveryNs, look);
      else this.lose(this.lossError(`${problem} for ${receiveTimeoutMs} ms`, { receiveTimeoutMs }));
    };
    let cancel = wallClock.setTimer(wallClock.nowNs() + lookEveryNs, look);
    return () => cancel();
  }

  private lossError(what: string, values: Record<string, number>): SoftqdError {
    return new SoftqdError('E_SIMULATOR_LOST', `the simulator at ${this.limits.url} ${what}`, {
      values: { url: this.limits.url, ...values },
    });
  }

  private lose(error: SoftqdError): void {
    if (this.ended) return;
    this.logger.warning('simulator lost', { reason: error.message });
    this.end(error);
    this.socket.terminate();
    this.onLost(error);
  }

  private end(error: SoftqdError): void {
    if (this.ended) return;
    this.ended = error;
    this.cancelWatch();
    const waiting = [...this.pendingRequests.values()];
    this.pendingRequests.clear();
    for (const waiter of waiting) waiter.failed(error);
  }
}

/** The error for an unexpected reply; an Error reply of the simulator is converted. */
export function replyError(reply: SimulationReply, wanted: SimulationReply['type']): SoftqdError {
  if (reply.type !== 'error')
    return new SoftqdError('E_FRAME_INVALID', `unexpected reply from the simulator: ${reply.type}, expected ${wanted}`);
  if (Object.hasOwn(ERROR_CODES, reply.code))
    return new SoftqdError(reply.code as ErrorCode, `simulator: ${reply.message}`);
  return new SoftqdError('E_SIMULATOR', `simulator: ${reply.code === '' ? '' : `${reply.code}: `}${reply.message}`);
}
