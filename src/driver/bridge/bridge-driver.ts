import type { Observable } from 'rxjs';
import { NS_PER_MS, type Cancel } from '../../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import type { Applied } from '../../robot/command.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import {
  LINK_FLAGS,
  limitsHash,
  type LinkFromBoard,
  type LinkReading,
  type LinkWelcome,
} from '../../wire/bridge/index.ts';
import { reconnectWithBackoff } from '../connection/reconnect.ts';
import type { Driver, DriverEvent, SafeCommand } from '../port.ts';
import { ReadingStream } from '../reading-stream.ts';
import { armRejectedError, boardStoppedError, type BoardStop } from './bridge-errors.ts';
import type { BridgeCounters, BridgeLink } from './bridge-link.ts';
import { bridgeReading } from './bridge-reading.ts';
import type { VerifiedBridge } from './connect-and-verify.ts';
import type { BridgeOptions } from './options.ts';

const REQUEST_TIMEOUTS = { retryMs: 60, timeoutMs: 400 } as const;
const CLIPPED =
  LINK_FLAGS.positionClipped | LINK_FLAGS.velocityClipped | LINK_FLAGS.accelerationClipped | LINK_FLAGS.effortClipped;

/** What the body needs besides its options. */
export interface BridgeDriverOptions {
  readonly options: BridgeOptions;
  readonly counters: BridgeCounters;
  /** Connects again at an address after a loss. */
  readonly connectAndVerify: (address: string) => Promise<VerifiedBridge>;
}

/**
 * A robot behind a microcontroller. The board keeps its own limits, heartbeat and sticky stop; this side converts, counts and says what
 * went wrong. A board that stops by itself, or goes away for a while, is an error on readings$ that a new subscription survives; it
 * comes back disarmed. Away for longer than reconnectTimeoutMs it is lost for good.
 */
export class BridgeDriver implements Driver {
  readonly spec: RobotSpec;
  readonly readings$: Observable<DriverEvent>;
  readonly counters: BridgeCounters;
  private readonly options: BridgeDriverOptions;
  private readonly stream = new ReadingStream();
  private link: BridgeLink | null = null;
  private welcome: LinkWelcome | null = null;
  private session = 0;
  /** Why there is no link now. */
  private connectionError: SoftqdError | null = null;
  private address: string;
  private armed = false;
  private fault: BoardStop | null = null;
  private closed = false;
  private readingSequence = 0;
  private boardSequence: number | null = null;
  private commandSequence = 0;
  private lastReceivedNs = 0;
  private targets: Float64Array;
  private cancelWatch: Cancel = () => undefined;

  constructor(options: BridgeDriverOptions, established: VerifiedBridge) {
    this.options = options;
    this.spec = options.options.robot;
    this.counters = options.counters;
    this.readings$ = this.stream.readings$;
    this.address = options.options.address;
    this.targets = new Float64Array(this.spec.joints.length);
    this.attach(established);
  }

  /** What the board said of itself; null while it is away. */
  get board(): LinkWelcome | null {
    return this.welcome;
  }

  /** Damaged and dropped frames of the line that is open now. */
  get frames(): BridgeLink['decoder']['counters'] | null {
    return this.link?.decoder.counters ?? null;
  }

  /** Targets go out as float32 and are returned so. When the line is too slow for this one, what was sent before still holds. Throws why the board is away. */
  apply(command: SafeCommand): Applied {
    const link = this.requireLink();
    const targets = Float64Array.from(command.targets, Math.fround);
    const sequence = (this.commandSequence + 1) >>> 0;
    if (
      link.send({ type: 'command', sequence, mode: 'targets', targets, validForMs: this.options.options.validForMs })
    ) {
      this.commandSequence = sequence;
      this.targets = targets;
    }
    return { sequence: command.sequence, targets: this.targets.slice() };
  }

  /** Throws E_SAFETY_STATE with what the board refuses; the control line must send its first command within the board's time (500 ms). */
  async arm(): Promise<void> {
    const link = this.requireLink();
    this.fault = null;
    link.engaged = true;
    link.heartbeat();
    const question = {
      type: 'arm',
      session: this.session,
      limitsHash: limitsHash(this.welcome?.joints ?? []),
    } as const;
    // A late answer to a disarm is accepted, too, and says that it is disarmed.
    const status = await link.request(question, 'status', {
      ...REQUEST_TIMEOUTS,
      isResponse: ({ accepted, state }) => !accepted || state === 'armed',
    });
    // Asked twice, the second answer may be that it is armed already.
    this.armed =
      link === this.link && this.link.engaged && status !== null && (status.accepted || status.refusal === 'armed');
    if (this.armed) return;
    link.engaged = false;
    throw this.connectionError ?? armRejectedError(this.spec, status);
  }

  async disarm(reason: string): Promise<void> {
    this.armed = false;
    const { link } = this;
    if (link === null) return;
    link.engaged = false;
    const question = { type: 'disarm', session: this.session } as const;
    const status = await link.request(question, 'status', {
      ...REQUEST_TIMEOUTS,
      isResponse: ({ state }) => state === 'disarmed',
    });
    const { logger } = this.options.options;
    if (status !== null) logger.debug(`${this.spec.name}: disarmed`, { reason });
    else
      logger.warning(`${this.spec.name}: no disarm confirmation from the board; it stops when heartbeats end`, {
        reason,
      });
  }

  async close(): Promise<void> {
    if (this.closed) return;
    await this.disarm('closed');
    this.closed = true;
    this.cancelWatch();
    this.stream.complete();
    const { link } = this;
    this.link = null;
    await link?.close();
  }

  private requireLink(): BridgeLink {
    if (this.link !== null) return this.link;
    throw (
      this.stream.failure ??
      this.connectionError ??
      new SoftqdError('E_SERIAL_LOST', `${this.spec.name}: connection closed`)
    );
  }

  private attach({ link, welcome, session }: VerifiedBridge): void {
    this.link = link;
    this.welcome = welcome;
    this.session = session;
    this.address = link.transport.stableAddress;
    this.connectionError = null;
    this.boardSequence = null;
    this.lastReceivedNs = this.options.options.clock.nowNs();
    link.onMessage = (message, arrivalNs) => this.receive(message, arrivalNs);
    link.transport.onLost = (error) => this.onDisconnect(error);
    this.watch();
  }

  private receive(message: LinkFromBoard, arrivalNs: number): void {
    this.lastReceivedNs = arrivalNs;
    switch (message.type) {
      case 'reading':
        this.receiveReading(message, arrivalNs);
        return;
      case 'fault':
        this.fault = message;
        return;
      case 'log-line':
        this.options.options.logger[message.level](`${this.spec.name}, board: ${message.text}`, {
          deviceTimeUs: message.deviceTimeUs,
        });
        return;
      case 'welcome':
      case 'status':
      case 'parameters':
        return;
    }
  }

  private receiveReading(message: LinkReading, arrivalNs: number): void {
    if (message.session !== this.session) {
      this.counters.otherSessionFrames++;
      return;
    }
    const step = this.boardSequence === null ? 1 : (message.sequence - this.boardSequence) >>> 0;
    this.boardSequence = message.sequence;
    this.readingSequence += step;
    this.counters.readings++;
    this.counters.readingsLost += step - 1;
    if (message.flags & CLIPPED) this.counters.boardClips++;
    if (message.flags & LINK_FLAGS.frameDropped) this.counters.boardDroppedFrames++;
    if (this.armed && message.state !== 'armed') this.stopped(message);
    try {
      this.stream.push(bridgeReading(message, this.spec, { sequence: this.readingSequence, arrivalNs }));
    } catch (error) {
      this.stream.emitFault(error);
    }
  }

  private stopped({ state, stopReason }: LinkReading): void {
    this.armed = false;
    if (this.link !== null) this.link.engaged = false;
    this.stream.emitFault(
      boardStoppedError(this.spec, state, this.fault ?? { reason: stopReason, joint: -1, value: 0 }),
    );
  }

  /** Looks after each half of the silence limit whether the board still says something: one that restarted is silent until the next hello. */
  private watch(): void {
    const { clock, receiveTimeoutMs } = this.options.options;
    this.cancelWatch();
    if (this.closed || this.link === null) return;
    if (clock.nowNs() - this.lastReceivedNs > receiveTimeoutMs * NS_PER_MS) {
      this.onDisconnect(
        new SoftqdError('E_SERIAL_LOST', `${this.spec.name}: no data from the board for ${receiveTimeoutMs} ms`),
      );
      return;
    }
    this.cancelWatch = clock.setTimer(clock.nowNs() + (receiveTimeoutMs / 2) * NS_PER_MS, () => this.watch());
  }

  private onDisconnect(error: SoftqdError): void {
    const { link } = this;
    if (link === null || this.closed) return;
    this.link = null;
    this.welcome = null;
    this.armed = false;
    this.connectionError = error;
    this.cancelWatch();
    this.options.options.logger.warning(error.message, { code: error.code });
    this.stream.emitFault(error);
    void link.close().then(() => this.reconnect(error));
  }

  /** Back, it is disarmed; another one, or away for too long, it is lost. */
  private async reconnect(why: SoftqdError): Promise<void> {
    const { clock, logger, reconnectTimeoutMs } = this.options.options;
    try {
      const found = await reconnectWithBackoff(why, {
        clock,
        timeoutMs: reconnectTimeoutMs,
        connect: () => this.options.connectAndVerify(this.address),
        isClosed: () => this.closed,
        discard: ({ link }) => link.close(),
      });
      if (found === null) return;
      this.attach(found);
      logger.info(`${this.spec.name}: reconnected to the board (disarmed)`, { path: found.link.transport.path });
    } catch (thrown) {
      this.connectionError = toSoftqdError(thrown);
      this.stream.fail(this.connectionError);
    }
  }
}
