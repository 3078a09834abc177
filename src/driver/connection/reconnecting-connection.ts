import type { Clock } from '../../base/clock.ts';
import { toSoftqdError, type SoftqdError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { ReadingStream } from '../reading-stream.ts';
import { ReceiveTimeout } from './receive-timeout.ts';
import { reconnectWithBackoff } from './reconnect.ts';

export interface ReconnectingConnectionOptions<Session> {
  /** The driver's `readings$`: a loss is a fault there, a permanent loss its error. */
  readonly stream: ReadingStream;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Time after a loss until it is permanent; 0: at once. */
  readonly reconnectTimeoutMs: number;
  /** Time without `received` that counts as a loss, and its error; null: the driver detects it itself. */
  readonly receiveTimeout: { readonly timeoutMs: number; readonly error: (session: Session) => SoftqdError } | null;
  /** Connects again and verifies that it is the same robot. */
  readonly connect: () => Promise<Session>;
  /** Closes a lost session, or one that was opened too late. */
  readonly closeSession: (session: Session) => Promise<unknown>;
  /** Installs the handlers of a session that was opened, the first one included. */
  readonly attach: (session: Session) => void;
  /** Runs at a loss, before the fault is emitted: stop what can still be stopped, forget that it was armed. */
  readonly onDisconnect: (session: Session, error: SoftqdError) => void;
  /** Runs after a lost session was replaced and attached; the robot is disarmed. */
  readonly onReconnect: (session: Session) => void;
  /** What `require` throws after `end`. */
  readonly closedError: () => SoftqdError;
}

/**
 * The connection of a driver to hardware, restored after a loss. One session (an open port or socket with what is known about the robot
 * behind it) is current at a time.
 *
 * - `start(first)` attaches the first session.
 * - A loss is reported by `disconnect(error)`, or by the receive timeout. `current` becomes null, `onDisconnect` runs, the error is logged
 *   and emitted as a fault (in a microtask: never before the caller of the driver has returned), the session is closed, and `connect` is
 *   retried with backoff. A second report of the same loss has no effect.
 * - A new session is attached, then `onReconnect` runs. It is disarmed.
 * - When `connect` fails permanently, or for longer than `reconnectTimeoutMs`, `readings$` errors with the last error.
 * - `end()` ends all of this; it returns the session that was current. Closing that session and completing `readings$` are left to the
 *   driver, which may have to stop the robot first.
 */
export class ReconnectingConnection<Session> {
  private readonly options: ReconnectingConnectionOptions<Session>;
  private readonly receiveTimeout: ReceiveTimeout | null;
  private session: Session | null = null;
  private lossError: SoftqdError | null = null;
  private ended = false;

  /** Does nothing until `start`. */
  constructor(options: ReconnectingConnectionOptions<Session>) {
    this.options = options;
    const { clock, receiveTimeout } = options;
    this.receiveTimeout =
      receiveTimeout === null
        ? null
        : new ReceiveTimeout({
            clock,
            timeoutMs: receiveTimeout.timeoutMs,
            onTimeout: () => this.timedOut(receiveTimeout.error),
          });
  }

  /** null while disconnected and after `end`. */
  get current(): Session | null {
    return this.session;
  }

  get isEnded(): boolean {
    return this.ended;
  }

  /** The error of a loss that was not restored; null while connected. */
  get error(): SoftqdError | null {
    return this.options.stream.failure ?? this.lossError;
  }

  /** The current session. Throws the error of the loss, or `closedError`. */
  require(): Session {
    if (this.session !== null) return this.session;
    throw this.error ?? this.options.closedError();
  }

  start(session: Session): void {
    this.session = session;
    this.lossError = null;
    this.receiveTimeout?.start();
    this.options.attach(session);
  }

  /** The robot has sent something; monotonic arrival time. */
  received(arrivalNs: number): void {
    this.receiveTimeout?.received(arrivalNs);
  }

  disconnect(error: SoftqdError): void {
    const { session } = this;
    if (session === null) return;
    const { stream, logger, onDisconnect, closeSession } = this.options;
    this.session = null;
    this.lossError = error;
    this.receiveTimeout?.stop();
    onDisconnect(session, error);
    logger.warning(error.message, { code: error.code });
    queueMicrotask(() => stream.emitFault(error));
    void closeSession(session).then(() => this.reconnect(error));
  }

  private timedOut(error: (session: Session) => SoftqdError): void {
    if (this.session !== null) this.disconnect(error(this.session));
  }

  end(): Session | null {
    const { session } = this;
    this.ended = true;
    this.session = null;
    this.receiveTimeout?.stop();
    return session;
  }

  private async reconnect(error: SoftqdError): Promise<void> {
    const { stream, clock, reconnectTimeoutMs, connect, closeSession, onReconnect } = this.options;
    try {
      const session = await reconnectWithBackoff(error, {
        clock,
        timeoutMs: reconnectTimeoutMs,
        connect,
        isClosed: () => this.ended,
        discard: closeSession,
      });
      if (session === null) return;
      this.start(session);
      onReconnect(session);
    } catch (thrown) {
      this.lossError = toSoftqdError(thrown);
      stream.fail(this.lossError);
    }
  }
}
