import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { BehaviorSubject, Subject } from 'rxjs';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Telemetry } from '../../base/telemetry.ts';
import type { Transition } from '../../robot/transition.ts';
import type {
  Cursor,
  ExperienceSource,
  LearnerAlert,
  LearnerLink,
  LearnerMetrics,
  PolicyBytes,
  StepDone,
} from '../port.ts';
import { CheckpointRequest } from './checkpoint-request.ts';
import { FrameReader } from './frames.ts';
import {
  decodeFromLearner,
  encodeToLearner,
  PROTOCOL_VERSION,
  SNAPSHOT_TAG,
  type FromLearnerMessage,
  type LearnerHello,
} from './messages.ts';
import { SendQueue } from './send-queue.ts';
import { RecentTransitions } from './recent-transitions.ts';
import { TransitionSender } from './transition-sender.ts';

export interface DaemonLinkOptions {
  readonly sessionUuid: string;
  /** The log: spool and durable replay. */
  readonly source: ExperienceSource;
  readonly mode: 'lock-step' | 'real-time';
  /** Maximum bytes queued in memory for a slow learner (socket queue and window of newest transitions, each); beyond it the log is the queue. */
  readonly maxQueuedBytes: number;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

interface Connection {
  readonly socket: Socket;
  readonly outbox: SendQueue;
  uplink: TransitionSender | null;
}

const HELLO_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 30_000;

/**
 * The daemon's end of the learner link over any number of successive connections: the last one to send hello is the learner. `append` never
 * blocks, never throws and queues at most `maxQueuedBytes`. In lock-step a resumed learner repeats steps that the daemon already received:
 * their StepDone messages and snapshots are dropped here.
 */
export class SocketLearnerLink implements LearnerLink {
  readonly stepDone$ = new Subject<StepDone>();
  readonly acknowledged$ = new Subject<Cursor>();
  readonly metrics$ = new Subject<LearnerMetrics>();
  readonly alerts$ = new Subject<LearnerAlert>();
  readonly connected$ = new BehaviorSubject<boolean>(false);
  readonly snapshots$ = new Subject<PolicyBytes>();
  engine: string | null = null;

  private readonly options: DaemonLinkOptions;
  private readonly window: RecentTransitions;
  private readonly sockets = new Set<Socket>();
  private connection: Connection | null = null;
  private readonly checkpoints = new CheckpointRequest();
  private lastStepDone = -1;
  private lastVersion = 0;
  private closed = false;

  constructor(options: DaemonLinkOptions) {
    this.options = options;
    this.window = new RecentTransitions(options.maxQueuedBytes);
  }

  append(transition: Transition): void {
    try {
      this.window.add(transition);
      this.connection?.uplink?.append(transition);
    } catch (error) {
      this.options.telemetry.count('learnerLink.refusedTransitions');
      this.options.logger.error('a transition could not be sent to the learner', { error });
    }
  }

  checkpoint(sequence: number, daemonState: Uint8Array): Promise<void> {
    if (this.closed) return Promise.reject(linkClosedError());
    const done = this.checkpoints.create(sequence, daemonState);
    this.checkpoints.send(this.connection);
    return done;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.checkpoints.fail(linkClosedError());
    const connection = this.connection;
    if (connection !== null) {
      connection.outbox.send(encodeToLearner({ kind: 'close' }));
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => {
          this.options.logger.warning('the learner did not exit within the timeout', { timeoutMs: CLOSE_TIMEOUT_MS });
          resolve();
        }, CLOSE_TIMEOUT_MS);
        connection.socket.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    this.destroy();
  }

  /** Closes at once, without a request to the learner. */
  destroy(): void {
    this.closed = true;
    this.checkpoints.fail(linkClosedError());
    for (const socket of this.sockets) socket.destroy();
    if (this.connected$.value) this.connected$.next(false);
    for (const subject of [
      this.stepDone$,
      this.acknowledged$,
      this.metrics$,
      this.alerts$,
      this.snapshots$,
      this.connected$,
    ])
      subject.complete();
  }

  /** Accepts a new connection; it becomes the learner when it sends hello within ten seconds. */
  accept(socket: Socket): void {
    if (this.closed) {
      socket.destroy();
      return;
    }
    this.sockets.add(socket);
    const connection: Connection = { socket, outbox: new SendQueue(socket), uplink: null };
    const reader = new FrameReader(SNAPSHOT_TAG);
    const timer = setTimeout(() => {
      if (connection.uplink === null) socket.destroy();
    }, HELLO_TIMEOUT_MS);
    socket.on('data', (bytes: Uint8Array) => {
      try {
        reader.append(bytes);
        for (let payload = reader.next(); payload !== null && !socket.destroyed; payload = reader.next()) {
          this.receive(connection, decodeFromLearner(payload));
        }
      } catch (error) {
        this.malformed(socket, toSoftqdError(error));
      }
    });
    socket.on('error', (error) => this.options.logger.debug('learner link', { error }));
    socket.once('close', () => {
      clearTimeout(timer);
      this.sockets.delete(socket);
      if (this.connection !== connection) return;
      this.connection = null;
      this.options.telemetry.count('learnerLink.disconnects');
      if (!this.closed) this.connected$.next(false);
    });
  }

  private receive(connection: Connection, message: FromLearnerMessage): void {
    if (message.kind === 'hello') {
      if (connection.uplink !== null) throw new SoftqdError('E_FRAME_INVALID', 'a second hello on one connection');
      this.welcome(connection, message.protocolVersion, message.hello);
      return;
    }
    if (connection.uplink === null) throw new SoftqdError('E_FRAME_INVALID', `${message.kind} before hello`);
    if (this.connection !== connection) return;
    switch (message.kind) {
      case 'acknowledge':
        this.acknowledged$.next(message.cursor);
        return;
      case 'stepDone':
        if (this.options.mode === 'lock-step' && message.stepDone.sequence <= this.lastStepDone) return;
        this.lastStepDone = message.stepDone.sequence;
        this.stepDone$.next(message.stepDone);
        return;
      case 'snapshot':
        this.snapshot(message.snapshot);
        return;
      case 'metrics':
        this.metrics$.next(message.metrics);
        return;
      case 'alert':
        this.alerts$.next(message.alert);
        return;
      case 'checkpointDone':
        this.checkpoints.complete(connection, message.sequence, message.error);
        return;
    }
  }

  private welcome(connection: Connection, protocolVersion: number, hello: LearnerHello): void {
    if (protocolVersion !== PROTOCOL_VERSION) {
      const message = `learner link protocol mismatch: learner ${protocolVersion}, daemon ${PROTOCOL_VERSION}`;
      throw new SoftqdError('E_PROTOCOL_MISMATCH', message);
    }
    const { sessionUuid, mode, source, maxQueuedBytes, logger, telemetry } = this.options;
    const previous = this.connection;
    const { outbox } = connection;
    const onProgress = (): void => this.checkpoints.send(this.connection);
    connection.uplink = new TransitionSender({
      outbox,
      source,
      window: this.window,
      sessionUuid,
      maxQueuedBytes,
      logger,
      telemetry,
      onProgress,
    });
    this.connection = connection;
    previous?.socket.destroy();
    telemetry.count('learnerLink.connects');
    logger.debug('learner connected', { engine: hello.engine, cursor: hello.cursor });
    const welcome = { sessionUuid, lockStep: mode === 'lock-step', policyVersion: this.lastVersion };
    outbox.send(encodeToLearner({ kind: 'welcome', protocolVersion: PROTOCOL_VERSION, welcome }));
    this.engine = hello.engine;
    this.connected$.next(true);
    connection.uplink.start(hello.cursor);
  }

  private snapshot(snapshot: PolicyBytes): void {
    if (snapshot.version <= this.lastVersion) {
      this.options.telemetry.count('learnerLink.repeatedSnapshots');
      return;
    }
    this.lastVersion = snapshot.version;
    if (createHash('sha256').update(snapshot.bytes).digest('hex') !== snapshot.sha256) {
      this.options.telemetry.count('learnerLink.refusedSnapshots');
      this.alerts$.next({
        level: 'warning',
        code: 'E_POLICY_FILE',
        message: `snapshot ${snapshot.version}: checksum mismatch; keeping the previous policy`,
        hint: 'A single occurrence is harmless. If it repeats, run softqd doctor.',
      });
      return;
    }
    this.snapshots$.next(snapshot);
  }

  private malformed(socket: Socket, error: SoftqdError): void {
    this.options.telemetry.count('learnerLink.malformedFrames');
    this.options.logger.warning('the learner link was closed', { code: error.code, reason: error.message });
    if (!this.alerts$.closed && !this.closed) {
      this.alerts$.next({
        level: 'error',
        code: error.code,
        message: `learner link closed: ${error.message}`,
        hint: error.hint,
      });
    }
    socket.destroy();
  }
}

function linkClosedError(): SoftqdError {
  return new SoftqdError('E_LEARNER_LOST', 'the learner link is closed');
}
