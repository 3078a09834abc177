import { connect, type Socket } from 'node:net';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import { FrameReader } from './frames.ts';
import {
  CHECKPOINT_TAG,
  decodeToLearner,
  encodeFromLearner,
  PROTOCOL_VERSION,
  type FromLearnerMessage,
  type LearnerHello,
  type LearnerWelcome,
  type ToLearnerMessage,
} from './messages.ts';
import { SendQueue } from './send-queue.ts';

export interface ConnectOptions {
  readonly socketPath: string;
  readonly hello: LearnerHello;
  readonly signal: AbortSignal;
}

/** The daemon's reply to a learner's hello. */
export type LearnerMessage = Exclude<ToLearnerMessage, { readonly kind: 'welcome' }>;

/** The learner's end of the link. */
export interface DaemonConnection {
  readonly welcome: LearnerWelcome;
  /** false when the daemon has disconnected; messages received before can still be read. */
  readonly open: boolean;
  /** The next message if one has arrived, without waiting. Throws what ended the connection (E_FRAME_INVALID) after everything before it was returned. */
  tryReceive(): LearnerMessage | null;
  /** The next message; null when the daemon has gone. Throws as `poll`. */
  receive(): Promise<LearnerMessage | null>;
  send(message: FromLearnerMessage): void;
  /** Resolves when the daemon has taken what was sent, but for 256 KiB. */
  drained(): Promise<void>;
  /** Sends what is queued, then ends. */
  close(): Promise<void>;
}

/** Messages decoded ahead of the learner; beyond it the socket is paused and the daemon's log is the queue. */
const MAX_PREFETCHED_MESSAGES = 256;
const MAX_QUEUED_BYTES = 256 * 1024;
const WELCOME_TIMEOUT_MS = 10_000;

/** Sends hello and waits for the welcome. Throws E_CONNECT, E_TIMEOUT, E_PROTOCOL_MISMATCH, E_FRAME_INVALID. */
export async function connectToDaemon(options: ConnectOptions): Promise<DaemonConnection> {
  const { socketPath, hello, signal } = options;
  signal.throwIfAborted();
  const socket = connect(socketPath);
  const abort = (): void => void socket.destroy();
  signal.addEventListener('abort', abort, { once: true });
  socket.once('close', () => signal.removeEventListener('abort', abort));
  try {
    await opened(socket);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SoftqdError('E_CONNECT', `the learner cannot reach the daemon at ${socketPath}: ${reason}`, {
      cause,
      values: { socketPath },
    });
  }
  const connection = new SocketDaemonConnection(socket);
  connection.send({ kind: 'hello', protocolVersion: PROTOCOL_VERSION, hello });
  await connection.awaitWelcome();
  return connection;
}

function opened(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new SoftqdError('E_CONNECT', 'closed')));
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve();
    });
  });
}

class SocketDaemonConnection implements DaemonConnection {
  private readonly socket: Socket;
  private readonly outbox: SendQueue;
  private readonly reader = new FrameReader(CHECKPOINT_TAG);
  private readonly inbox: LearnerMessage[] = [];
  private greeting: LearnerWelcome | null = null;
  private failure: SoftqdError | null = null;
  private closed = false;
  private wake: (() => void) | null = null;

  constructor(socket: Socket) {
    this.socket = socket;
    this.outbox = new SendQueue(socket);
    socket.on('data', (bytes: Uint8Array) => {
      this.reader.append(bytes);
      this.decode();
      this.notify();
    });
    // The daemon's death is an end, not an error: its transitions are in its log.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.closed = true;
      this.notify();
    });
  }

  get welcome(): LearnerWelcome {
    if (this.greeting === null) throw new SoftqdError('E_FRAME_INVALID', 'no welcome yet');
    return this.greeting;
  }

  get open(): boolean {
    return !this.closed;
  }

  async awaitWelcome(): Promise<void> {
    const timer = setTimeout(() => {
      this.failure ??= new SoftqdError('E_TIMEOUT', 'no Welcome from the daemon within the timeout');
      this.notify();
    }, WELCOME_TIMEOUT_MS);
    try {
      while (this.greeting === null && this.failure === null && !this.closed) await this.changed();
    } finally {
      clearTimeout(timer);
    }
    if (this.failure === null && this.greeting !== null) return;
    this.socket.destroy();
    throw (
      this.failure ?? new SoftqdError('E_PROTOCOL_MISMATCH', 'the daemon closed the connection during the handshake')
    );
  }

  tryReceive(): LearnerMessage | null {
    const message = this.inbox.shift();
    if (message === undefined) {
      if (this.failure !== null) throw this.failure;
      return null;
    }
    if (this.inbox.length < MAX_PREFETCHED_MESSAGES / 2 && this.socket.isPaused()) {
      this.decode();
      if (this.inbox.length < MAX_PREFETCHED_MESSAGES) this.socket.resume();
    }
    return message;
  }

  async receive(): Promise<LearnerMessage | null> {
    for (;;) {
      const message = this.tryReceive();
      if (message !== null || this.closed) return message;
      await this.changed();
    }
  }

  send(message: FromLearnerMessage): void {
    this.outbox.send(encodeFromLearner(message));
  }

  drained(): Promise<void> {
    return this.outbox.whenWritable(MAX_QUEUED_BYTES);
  }

  async close(): Promise<void> {
    await this.outbox.whenWritable(0);
    if (this.socket.destroyed) return;
    await new Promise<void>((resolve) => {
      this.socket.once('close', () => resolve());
      this.socket.end();
      this.socket.resume();
      setTimeout(() => this.socket.destroy(), 1000).unref();
    });
  }

  private decode(): void {
    try {
      while (this.failure === null && this.inbox.length < MAX_PREFETCHED_MESSAGES) {
        const payload = this.reader.next();
        if (payload === null) return;
        this.take(decodeToLearner(payload));
      }
      if (this.failure === null) this.socket.pause();
    } catch (error) {
      this.failure = toSoftqdError(error, 'E_FRAME_INVALID');
      this.socket.destroy();
    }
  }

  private take(message: ToLearnerMessage): void {
    if (message.kind !== 'welcome') {
      if (this.greeting === null) throw new SoftqdError('E_FRAME_INVALID', `${message.kind} before the welcome`);
      this.inbox.push(message);
      return;
    }
    if (this.greeting !== null) throw new SoftqdError('E_FRAME_INVALID', 'a second welcome on one connection');
    if (message.protocolVersion !== PROTOCOL_VERSION) {
      const line = `learner link protocol mismatch: daemon ${message.protocolVersion}, learner ${PROTOCOL_VERSION}`;
      throw new SoftqdError('E_PROTOCOL_MISMATCH', line);
    }
    this.greeting = message.welcome;
  }

  private changed(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  private notify(): void {
    this.wake?.();
    this.wake = null;
  }
}
