import { NS_PER_MS, type Cancel, type Clock } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import {
  BridgeFrameDecoder,
  decodeLinkFromBoard,
  encodeBridgeFrame,
  encodeLinkToBoard,
  type LinkFromBoard,
  type LinkToBoard,
} from '../../wire/bridge/index.ts';
import type { SerialTransport } from '../../serial/index.ts';

/** What a link counts; every number only grows. */
export interface BridgeCounters {
  readings: number;
  /** Readings missing in the sequence numbers of the board. */
  readingsLost: number;
  /** Messages of an older session, dropped. */
  otherSessionFrames: number;
  /** Frames with a valid CRC that are not a message. */
  badMessages: number;
  /** Messages that did not fit into the backlog of the serial port. */
  sendFailures: number;
  /** Readings that report a target clipped by the limits of the board. */
  boardClips: number;
  /** Readings that report a corrupt frame from this side. */
  boardDroppedFrames: number;
}

export function newBridgeCounters(): BridgeCounters {
  return {
    readings: 0,
    readingsLost: 0,
    otherSessionFrames: 0,
    badMessages: 0,
    sendFailures: 0,
    boardClips: 0,
    boardDroppedFrames: 0,
  };
}

type Response<T extends LinkFromBoard['type']> = Extract<LinkFromBoard, { type: T }>;

export interface RequestTimeouts<T extends LinkFromBoard['type']> {
  readonly retryMs: number;
  readonly timeoutMs: number;
  /** Whether a message of the type is the response; any message when absent. */
  readonly isResponse?: (message: Response<T>) => boolean;
}

/** An open connection to a board: messages in both directions, requests with a response, and the heartbeat. */
export class BridgeLink {
  readonly transport: SerialTransport;
  readonly decoder = new BridgeFrameDecoder();
  /** The `engaged` field of the heartbeat: the control loop drives the robot. */
  engaged = false;
  onMessage: (message: LinkFromBoard, arrivalNs: number) => void = () => undefined;
  private readonly clock: Clock;
  private readonly counters: BridgeCounters;
  /** Pending requests; each checks whether a message is its response. */
  private readonly waiting = new Set<(message: LinkFromBoard) => void>();
  private heartbeatSequence = 0;
  private cancelHeartbeat: Cancel = () => undefined;
  private closed = false;

  constructor(transport: SerialTransport, clock: Clock, counters: BridgeCounters) {
    this.transport = transport;
    this.clock = clock;
    this.counters = counters;
    transport.onBytes = (chunk) => this.receive(chunk);
  }

  /** False when the serial port did not accept it. */
  send(message: LinkToBoard): boolean {
    const sent = !this.closed && this.transport.write(encodeBridgeFrame(encodeLinkToBoard(message)));
    if (!sent) this.counters.sendFailures++;
    return sent;
  }

  heartbeat(): void {
    this.heartbeatSequence = (this.heartbeatSequence + 1) >>> 0;
    this.send({ type: 'heartbeat', sequence: this.heartbeatSequence, engaged: this.engaged });
  }

  /** A heartbeat now and every `periodMs` until the link is closed. */
  startHeartbeat(periodMs: number): void {
    if (this.closed) return;
    this.heartbeat();
    this.cancelHeartbeat = this.clock.setTimer(this.clock.nowNs() + periodMs * NS_PER_MS, () =>
      this.startHeartbeat(periodMs),
    );
  }

  /**
   * Sends `question` every `repeatMs` until the board responds with a message of this type; null after `timeoutMs`. Bytes can be
   * lost, so a request must be safe to repeat.
   */
  request<T extends LinkFromBoard['type']>(
    question: LinkToBoard,
    answer: T,
    limits: RequestTimeouts<T>,
  ): Promise<Response<T> | null> {
    const deadlineNs = this.clock.nowNs() + limits.timeoutMs * NS_PER_MS;
    return new Promise((resolve) => {
      let cancel: Cancel = () => undefined;
      const finish = (message: Response<T> | null): void => {
        cancel();
        this.waiting.delete(look);
        resolve(message);
      };
      const again = (): void => {
        const nowNs = this.clock.nowNs();
        if (this.closed || nowNs >= deadlineNs) {
          finish(null);
          return;
        }
        this.send(question);
        cancel = this.clock.setTimer(Math.min(deadlineNs, nowNs + limits.retryMs * NS_PER_MS), again);
      };
      const look = (message: LinkFromBoard): void => {
        if (message.type !== answer) return;
        const candidate = message as Response<T>;
        if (limits.isResponse?.(candidate) ?? true) finish(candidate);
      };
      this.waiting.add(look);
      again();
    });
  }

  close(): Promise<void> {
    this.closed = true;
    this.cancelHeartbeat();
    return this.transport.close();
  }

  private receive(chunk: Uint8Array): void {
    const arrivalNs = this.clock.nowNs();
    this.decoder.append(chunk);
    for (let payload = this.decoder.next(); payload !== null; payload = this.decoder.next()) {
      let message: LinkFromBoard;
      try {
        message = decodeLinkFromBoard(payload);
      } catch (error) {
        if (!(error instanceof SoftqdError)) throw error;
        this.counters.badMessages++;
        continue;
      }
      if (this.closed) return;
      this.onMessage(message, arrivalNs);
      for (const look of [...this.waiting]) look(message);
    }
  }
}
