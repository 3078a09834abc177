import type { Observable } from 'rxjs';
import { NS_PER_MS } from '../../base/clock.ts';
import type { Applied } from '../../robot/command.ts';
import type { JointHealth } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { stopReport, type StopPlan, type StopReport } from '../../robot/stop-plan.ts';
import { stopPlan } from '../../safety/port.ts';
import {
  LINK_FLAGS,
  limitsHash,
  type LinkFromBoard,
  type LinkReading,
  type LinkWelcome,
} from '../../wire/bridge/index.ts';
import { ReadingPauses } from '../connection/reading-pauses.ts';
import { ReconnectingConnection } from '../connection/reconnecting-connection.ts';
import { EffortReport } from '../effort-joints.ts';
import type { Driver, DriverEvent, SafeCommand } from '../port.ts';
import { ReadingStream } from '../reading-stream.ts';
import {
  armRejectedError,
  boardSilentError,
  boardStoppedError,
  bridgeClosedError,
  clearRejectedError,
  type BoardStop,
} from './bridge-errors.ts';
import type { BridgeCounters, BridgeLink } from './bridge-link.ts';
import { bridgeReading } from './bridge-reading.ts';
import { differencesOf, linkJointStop, reportOf } from './bridge-stop.ts';
import type { VerifiedBridge } from './connect-and-verify.ts';
import type { BridgeOptions } from './options.ts';

const REQUEST_TIMEOUTS = { retryMs: 60, timeoutMs: 400 } as const;
const DISARM_TIMEOUTS = { retryMs: 10, timeoutMs: 400 } as const;
/**
 * Heartbeats stay engaged for the first requests to disarm: the board takes one that is not engaged for a stop of its own, which only
 * a person clears. Without a confirmation the stop follows anyway.
 */
const ENGAGED_WHILE_DISARMING_MS = 25;
const CLIPPED =
  LINK_FLAGS.positionClipped |
  LINK_FLAGS.velocityClipped |
  LINK_FLAGS.accelerationClipped |
  LINK_FLAGS.effortClipped |
  LINK_FLAGS.distanceClipped;

export interface BridgeDriverOptions {
  readonly options: BridgeOptions;
  readonly counters: BridgeCounters;
  /** Connects again at an address after a loss. */
  readonly connectAndVerify: (address: string) => Promise<VerifiedBridge>;
}

/**
 * A robot behind a microcontroller. The board enforces its own limits, command timeout and stops; this side converts, counts and
 * reports errors. A stop of the board, or a lost connection, is a fault on readings$; the board then stays stopped until clearFault.
 * Disconnected for longer than reconnectTimeoutMs, it is lost permanently.
 */
export class BridgeDriver implements Driver {
  readonly spec: RobotSpec;
  readonly readings$: Observable<DriverEvent>;
  readonly counters: BridgeCounters;
  private readonly options: BridgeOptions;
  private readonly stream = new ReadingStream();
  private readonly connection: ReconnectingConnection<VerifiedBridge>;
  private address: string;
  private armed = false;
  /** Counts requests to arm and to disarm: a disarm cancels an arming in progress. */
  private requests = 0;
  private fault: BoardStop | null = null;
  private readingSequence = 0;
  private boardSequence: number | null = null;
  private commandSequence = 0;
  private targets: Float64Array;
  private readonly pauses: ReadingPauses;
  private motors: readonly JointHealth[] = [];
  private readonly effort: EffortReport;

  constructor({ options, counters, connectAndVerify }: BridgeDriverOptions, established: VerifiedBridge) {
    this.options = options;
    this.spec = options.robot;
    this.counters = counters;
    this.readings$ = this.stream.readings$;
    this.address = options.address;
    this.targets = new Float64Array(this.spec.joints.length);
    const { clock, logger, receiveTimeoutMs, reconnectTimeoutMs } = options;
    this.effort = new EffortReport(this.spec, 'their motor drivers', logger);
    this.pauses = new ReadingPauses({
      ...{ robot: this.spec.name, maxAgeS: this.spec.readingMaxAgeS, logger },
      hasDeviceClock: true,
    });
    this.connection = new ReconnectingConnection<VerifiedBridge>({
      stream: this.stream,
      clock,
      logger,
      reconnectTimeoutMs,
      receiveTimeout: { timeoutMs: receiveTimeoutMs, error: () => boardSilentError(this.spec, receiveTimeoutMs) },
      connect: () => connectAndVerify(this.address),
      closeSession: ({ link }) => link.close(),
      attach: (bridge) => this.attach(bridge),
      onDisconnect: () => {
        this.armed = false;
        this.pauses.forget();
      },
      onReconnect: ({ link: { transport }, welcome: { state } }) =>
        logger.info(`${this.spec.name}: reconnected to the board (${state})`, { path: transport.path }),
      closedError: () => bridgeClosedError(this.spec),
    });
    this.connection.start(established);
  }

  /** The condition of the motors in joint order, as received last; empty before the first reading. */
  get health(): readonly JointHealth[] {
    return this.motors;
  }

  /** How often the readings stayed away for longer than the age limit. */
  get readingPauses(): number {
    return this.pauses.count;
  }

  /** The link does not say whether the board's motor drivers limit effort. */
  get effortNotLimited(): readonly string[] {
    return this.effort.joints;
  }

  /** The Welcome message of the board; null while disconnected. */
  get board(): LinkWelcome | null {
    return this.connection.current?.welcome ?? null;
  }

  /** Corrupt and dropped frames of the current connection. */
  get frames(): BridgeLink['decoder']['counters'] | null {
    return this.connection.current?.link.decoder.counters ?? null;
  }

  /**
   * Sends the targets as float32 and returns them so rounded. When the serial port has no room for them, the targets sent before are
   * returned: they still apply. Throws the error of a lost connection.
   */
  apply(command: SafeCommand): Applied {
    const { link } = this.connection.require();
    const targets = Float64Array.from(command.targets, Math.fround);
    const sequence = (this.commandSequence + 1) >>> 0;
    if (link.send({ type: 'command', sequence, mode: 'targets', targets, validForMs: this.options.validForMs })) {
      this.commandSequence = sequence;
      this.targets = targets;
    }
    return { sequence: command.sequence, targets: this.targets.slice() };
  }

  /**
   * Throws E_SAFETY_STATE with the reason of the board, also while it keeps a stop. The first command must follow within the board's
   * timeout (500 ms).
   */
  async arm(): Promise<void> {
    const bridge = this.connection.require();
    const { link, session, welcome } = bridge;
    const number = ++this.requests;
    this.fault = null;
    link.engaged = true;
    link.heartbeat();
    const request = { type: 'arm', session, limitsHash: limitsHash(welcome.joints) } as const;
    // A late response to a disarm request is accepted, too; its state is disarmed.
    const status = await link.request(request, 'status', {
      ...REQUEST_TIMEOUTS,
      isResponse: ({ accepted, state }) => !accepted || state === 'armed',
    });
    // After a repeated request the response may be that the board is armed already.
    const { current } = this.connection;
    this.armed =
      current === bridge &&
      this.requests === number &&
      status !== null &&
      (status.accepted || status.refusal === 'armed');
    if (this.armed) {
      this.effort.report();
      return;
    }
    if (this.requests === number) link.engaged = false;
    throw this.connection.error ?? armRejectedError(this.spec, status);
  }

  async disarm(plan: StopPlan, reason: string): Promise<StopReport> {
    const wasArmed = this.armed;
    this.armed = false;
    this.requests++;
    const bridge = this.connection.current;
    if (bridge === null) return stopReport(plan, 'disconnected; the board stops without heartbeats');
    const { link, session } = bridge;
    const disengage = (): void => void (link.engaged = false);
    if (!wasArmed) disengage();
    const { clock, logger } = this.options;
    const cancel = clock.setTimer(clock.nowNs() + ENGAGED_WHILE_DISARMING_MS * NS_PER_MS, disengage);
    const request = { type: 'disarm', session, stops: plan.joints.map(linkJointStop) } as const;
    const status = await link.request(request, 'status', {
      ...DISARM_TIMEOUTS,
      isResponse: (response) => response.session === session && response.accepted && response.state !== 'armed',
    });
    cancel();
    disengage();
    const { name } = this.spec;
    if (status === null) {
      logger.warning(`${name}: no disarm confirmation from the board; it stops when heartbeats end`, { reason });
      return stopReport(plan, 'no confirmation from the board, which stops without commands and heartbeats');
    }
    const report = reportOf(plan, status);
    const safer = differencesOf(plan, report);
    if (wasArmed && safer !== null) logger.warning(`${name}: the board chose a safer stop (${safer})`, { reason });
    logger.debug(`${name}: disarmed`, { reason, state: status.state, outputs: status.outputs.join(' ') });
    return report;
  }

  /** Throws E_SAFETY_STATE while armed, E_TIMEOUT without a response, the error of a lost connection. */
  async clearFault(): Promise<void> {
    const { link, session } = this.connection.require();
    const status = await link.request({ type: 'clear-fault', session }, 'status', {
      ...REQUEST_TIMEOUTS,
      isResponse: (response) => response.session === session && (!response.accepted || response.state === 'disarmed'),
    });
    if (status === null || !status.accepted)
      throw this.connection.error ?? clearRejectedError(this.spec, status?.refusal ?? null);
  }

  async close(): Promise<void> {
    if (this.connection.isEnded) return;
    await this.disarm(stopPlan(this.spec), 'closed');
    const bridge = this.connection.end();
    this.stream.complete();
    await bridge?.link.close();
  }

  private attach(bridge: VerifiedBridge): void {
    const { link } = bridge;
    this.address = link.transport.stableAddress;
    this.boardSequence = null;
    link.onMessage = (message, arrivalNs) => this.receive(bridge, message, arrivalNs);
    link.transport.onLost = (error) => this.connection.disconnect(error);
  }

  private receive(bridge: VerifiedBridge, message: LinkFromBoard, arrivalNs: number): void {
    this.connection.received(arrivalNs);
    switch (message.type) {
      case 'reading':
        this.receiveReading(bridge, message, arrivalNs);
        return;
      case 'fault':
        this.fault = message;
        return;
      case 'log-line':
        this.options.logger[message.level](`${this.spec.name}, board: ${message.text}`, {
          deviceTimeUs: message.deviceTimeUs,
        });
        return;
      case 'welcome':
      case 'status':
      case 'parameters':
        return;
    }
  }

  private receiveReading({ link, session }: VerifiedBridge, message: LinkReading, arrivalNs: number): void {
    if (message.session !== session) {
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
    if (this.armed && message.state !== 'armed') this.onBoardStop(link, message);
    try {
      const reading = bridgeReading(message, this.spec, { sequence: this.readingSequence, arrivalNs });
      this.motors = reading.health ?? [];
      this.pauses.received(reading, this.armed);
      this.stream.push(reading);
    } catch (error) {
      this.stream.emitFault(error);
    }
  }

  private onBoardStop(link: BridgeLink, { state, stopReason }: LinkReading): void {
    this.armed = false;
    link.engaged = false;
    this.stream.emitFault(
      boardStoppedError(this.spec, state, this.fault ?? { reason: stopReason, joint: -1, value: 0 }),
    );
  }
}
