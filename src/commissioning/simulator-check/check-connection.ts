import { WebSocket, type ClientOptions } from 'ws';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import { decodeSimulationReply, encodeSimulationRequest } from '../../wire/simulation/simulation.ts';
import {
  SIMULATION_SUBPROTOCOL,
  type SimulationReply,
  type SimulationRequest,
} from '../../wire/simulation/simulation-messages.ts';

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never;
export type CheckRequest = Unnumbered<SimulationRequest>;
type ReplyOf<T extends SimulationReply['type']> = Extract<SimulationReply, { type: T }>;
type Received = SimulationReply | { readonly type: 'closed'; readonly closeCode: number };

export interface OpenOptions {
  readonly url: string;
  /** null: none. */
  readonly token: string | null;
  readonly subprotocols?: readonly string[];
  readonly origin?: string;
  /** Of the handshake and of each answer. */
  readonly timeoutMs: number;
}

/** The answer to a rule that is broken: the text names what was received and what is expected. */
export function broken(text: string): SoftqdError {
  return new SoftqdError('E_SIMULATOR', text);
}

/** A client that sends valid and invalid messages one by one, and checks that each has exactly its answer. */
export class CheckConnection {
  private readonly socket: WebSocket;
  private readonly timeoutMs: number;
  private readonly queue: (Received | SoftqdError)[] = [];
  private wake: () => void = () => undefined;
  private lastId = 0;
  private readonly answered = new Set<number>();

  private constructor(socket: WebSocket, timeoutMs: number) {
    this.socket = socket;
    this.timeoutMs = timeoutMs;
    const add = (received: Received | SoftqdError): void => {
      this.queue.push(received);
      this.wake();
    };
    socket.on('message', (data, isBinary) => {
      if (!isBinary) add(broken('a text message was received; messages must be binary'));
      else {
        try {
          add(decodeSimulationReply(data as Buffer));
        } catch (error) {
          add(toSoftqdError(error));
        }
      }
    });
    socket.on('error', (error) => add(broken(`an invalid WebSocket frame was received: ${error.message}`)));
    socket.on('close', (closeCode) => add({ type: 'closed', closeCode }));
  }

  /** Throws E_CONNECT; `values.status` is the HTTP status where the handshake was answered with another one than 101. */
  static open({ url, token, subprotocols, origin, timeoutMs }: OpenOptions): Promise<CheckConnection> {
    const options: ClientOptions = {
      perMessageDeflate: false,
      handshakeTimeout: timeoutMs,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(origin === undefined ? {} : { origin }),
      },
    };
    const socket = new WebSocket(url, [...(subprotocols ?? [SIMULATION_SUBPROTOCOL])], options);
    return new Promise((resolve, reject) => {
      const fail = (reason: string, values: { status?: number }): void => {
        socket.on('error', () => undefined);
        socket.terminate();
        reject(new SoftqdError('E_CONNECT', `cannot connect to ${url}: ${reason}`, { values: { url, ...values } }));
      };
      socket.once('unexpected-response', (_request, { statusCode = 0 }) => {
        fail(`HTTP ${statusCode}`, { status: statusCode });
      });
      const onError = (error: Error): void => fail(error.message, {});
      socket.once('error', onError);
      socket.once('open', () => {
        socket.off('error', onError);
        resolve(new CheckConnection(socket, timeoutMs));
      });
    });
  }

  get subprotocol(): string {
    return this.socket.protocol;
  }

  /** Sends a request; returns its id. */
  send(request: CheckRequest): number {
    this.lastId += 1;
    this.socket.send(encodeSimulationRequest({ ...request, id: this.lastId }));
    return this.lastId;
  }

  sendRaw(data: string | Uint8Array): void {
    this.socket.send(data);
  }

  /** The reply to a request, of this type. `pushed`: Readings with reply_to 0 may come before it (real time). */
  async ask<T extends SimulationReply['type']>(
    request: CheckRequest,
    expected: T,
    { pushed = false } = {},
  ): Promise<ReplyOf<T>> {
    const id = this.send(request);
    for (;;) {
      const reply = await this.next(`${request.type} was not answered`);
      if (reply.type === 'closed')
        throw broken(`${request.type} was answered by closing the connection (${reply.closeCode}), not by ${expected}`);
      if (pushed && reply.replyTo === 0 && reply.type === 'reading') continue;
      this.checkReplyTo(request, id, reply);
      if (reply.type === expected) return reply as ReplyOf<T>;
      throw broken(
        reply.type === 'error'
          ? `${request.type} was answered with Error{${reply.code}}: ${reply.message}; expected ${expected}`
          : `${request.type} was answered with ${reply.type}, expected ${expected}`,
      );
    }
  }

  /** Expects Error with this code (null: any), and the connection closed with `closeCode` after it, or open where that is null. */
  async askRejected(
    request: CheckRequest,
    code: string | null,
    { closeCode = null as number | null, pushed = false } = {},
  ): Promise<void> {
    const error = await this.ask(request, 'error', { pushed });
    if (code !== null && error.code !== code)
      throw broken(`${request.type} was rejected with ${error.code}, expected ${code} (${error.message})`);
    if (closeCode !== null) await this.expectClosed(closeCode);
  }

  /** An Error may come before. */
  async expectClosed(closeCode: number): Promise<void> {
    const missing = `the connection was not closed with ${closeCode}`;
    let received = await this.next(missing);
    if (received.type === 'error') received = await this.next(missing);
    if (received.type !== 'closed') throw broken(`${received.type} was received, expected the close code ${closeCode}`);
    if (received.closeCode !== closeCode)
      throw broken(`the connection was closed with ${received.closeCode}, expected ${closeCode}`);
  }

  /** Fails when a message arrives within the time. */
  async expectNothing(durationMs: number): Promise<void> {
    await this.received(durationMs);
    const [first] = this.queue.splice(0);
    if (first === undefined) return;
    if (first instanceof SoftqdError) throw first;
    if (first.type === 'closed') throw broken(`the connection was closed (${first.closeCode}) without a cause`);
    if (this.answered.has(first.replyTo)) throw broken(`request ${first.replyTo} was answered twice`);
    throw broken(`${first.type} (reply_to ${first.replyTo}) was received without a request`);
  }

  /** The next message or the end of the connection. Throws when none comes in time, and for one that does not decode. */
  async next(missing: string): Promise<Received> {
    await this.received(this.timeoutMs);
    const received = this.queue.shift();
    if (received === undefined) throw broken(`${missing} within ${this.timeoutMs} ms`);
    if (received instanceof SoftqdError) throw received;
    return received;
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise<void>((resolve) => this.socket.once('close', () => resolve()));
    this.socket.close(1000);
    const timer = setTimeout(() => this.socket.terminate(), 1000);
    await closed;
    clearTimeout(timer);
  }

  private checkReplyTo(request: CheckRequest, id: number, reply: SimulationReply): void {
    if (reply.replyTo === id) {
      this.answered.add(id);
      return;
    }
    if (this.answered.has(reply.replyTo)) throw broken(`request ${reply.replyTo} was answered twice`);
    throw broken(`the answer to ${request.type} has reply_to ${reply.replyTo}, expected ${id}`);
  }

  /** Resolves when something is in the queue, or after the time. */
  private received(timeoutMs: number): Promise<void> {
    if (this.queue.length > 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
