import type { Observable } from 'rxjs';
import { NS_PER_MS } from '../../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import type { Applied } from '../../robot/command.ts';
import type { Reading } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { stopReport, type StopPlan, type StopReport } from '../../robot/stop-plan.ts';
import { stopPlan } from '../../safety/port.ts';
import type { RosObject } from '../../wire/rosbridge/index.ts';
import { ArmingSequence } from '../arming.ts';
import { EffortReport } from '../effort-joints.ts';
import { DamageMonitor } from '../connection/damage-monitor.ts';
import { ReadingPauses } from '../connection/reading-pauses.ts';
import { ReconnectingConnection } from '../connection/reconnecting-connection.ts';
import type { Driver, DriverEvent, SafeCommand } from '../port.ts';
import { ReadingStream } from '../reading-stream.ts';
import { limitationsOf, requireRecentReading, requireSubscriber } from './arming-checks.ts';
import { commandAt, commandMessage, stopOf, type RosCommand } from './command-message.ts';
import type { RosbridgeCounters } from './counters.ts';
import type { VerifiedRosbridge } from './connect-and-verify.ts';
import { TrackingMonitor } from './tracking-monitor.ts';
import type { JointStateReader } from './joint-state-reader.ts';
import type { RosbridgeOptions } from './options.ts';
import type { RosbridgeLink } from './rosbridge-link.ts';

export interface RosbridgeDriverOptions {
  readonly options: RosbridgeOptions;
  readonly counters: RosbridgeCounters;
  readonly reader: JointStateReader;
  /** Connects again after a loss. */
  readonly connectAndVerify: () => Promise<VerifiedRosbridge>;
}

/** rosbridge confirms nothing, and has no way to stop a robot but a command. */
const UNCONFIRMED = 'the last guarded target is held; rosbridge confirms nothing, so ROS must provide the stop';
const UNCONFIRMED_LOST =
  'the connection is lost: the controller in ROS acts on the last target; ROS must provide the stop';

/**
 * A robot behind a rosbridge server. Only guarded commands are sent, and only while it is armed; on disarm and on a loss the last guarded
 * target is sent again, without motion. A damaged message or joint state is counted and passed over; a flood of them, a lost connection,
 * or no joint state for receiveTimeoutMs, is a fault on readings$; after a loss the robot is disarmed. Disconnected for longer than
 * reconnectTimeoutMs, it is lost permanently.
 *
 * A ROS controller keeps its last command when this process exits: rosbridge has no heartbeat. A robot that must stop then needs a
 * controller with a command timeout.
 */
export class RosbridgeDriver implements Driver {
  readonly spec: RobotSpec;
  readonly readings$: Observable<DriverEvent>;
  readonly counters: RosbridgeCounters;
  private readonly options: RosbridgeOptions;
  private readonly reader: JointStateReader;
  private readonly stream = new ReadingStream();
  private readonly connection: ReconnectingConnection<VerifiedRosbridge>;
  private readonly tracking: TrackingMonitor;
  private readonly arming: ArmingSequence;
  private readonly damage: DamageMonitor;
  private readonly pauses: ReadingPauses;
  private readonly effort: EffortReport;
  private armed = false;
  private newest: Reading;
  /** The newest command that was sent since the robot was armed; null: none, so that there is nothing to stop. */
  private sent: RosCommand | null = null;
  private stuckJointReported = false;
  private limitationsReported = false;

  constructor({ options, counters, reader, connectAndVerify }: RosbridgeDriverOptions, established: VerifiedRosbridge) {
    this.options = options;
    this.spec = options.robot;
    this.counters = counters;
    this.reader = reader;
    this.readings$ = this.stream.readings$;
    this.tracking = new TrackingMonitor(this.spec);
    this.arming = new ArmingSequence(this.spec.name);
    this.newest = established.first;
    const { clock, logger, receiveTimeoutMs, reconnectTimeoutMs } = options;
    this.effort = new EffortReport(this.spec, 'the controllers in ROS', logger);
    this.damage = new DamageMonitor({ clock, logger, robot: this.spec.name });
    this.pauses = new ReadingPauses({
      ...{ robot: this.spec.name, maxAgeS: this.spec.readingMaxAgeS, logger },
      hasDeviceClock: true,
    });
    this.connection = new ReconnectingConnection<VerifiedRosbridge>({
      stream: this.stream,
      clock,
      logger,
      reconnectTimeoutMs,
      receiveTimeout: { timeoutMs: receiveTimeoutMs, error: ({ link }) => receiveTimeoutError(options, link) },
      connect: () => {
        reader.forget();
        this.pauses.forget();
        return connectAndVerify();
      },
      closeSession: ({ link }) => link.close(),
      attach: (session) => this.attach(session),
      onDisconnect: (session) => this.onDisconnect(session),
      onReconnect: () => this.onReconnect(),
      closedError: () => rosbridgeClosedError(this.spec),
    });
    this.connection.start(established);
  }

  get effortNotLimited(): readonly string[] {
    return this.effort.joints;
  }

  /**
   * Disarmed, or while the server has not confirmed older commands, nothing is sent and the targets sent before are returned (before any,
   * the position). Throws the error of a lost connection.
   */
  apply({ sequence, targets }: SafeCommand): Applied {
    const session = this.connection.require();
    if (!this.armed) this.counters.droppedWhileDisarmed++;
    else if (!this.send(session, commandAt(this.options, targets, this.newest.positions))) this.counters.sendFailures++;
    return { sequence, targets: (this.sent?.targets ?? stillTargets(this.spec, this.newest.positions)).slice() };
  }

  /**
   * Sends nothing: the first command is the guard's. Throws E_READING_STALE without a joint state within the age limit of the robot,
   * E_SAFETY_STATE when rosapi reports no subscriber of the command topic.
   */
  async arm(): Promise<void> {
    const session = this.connection.require();
    await this.arming.run(async (throwIfCanceled) => {
      await requireSubscriber(session, this.options);
      await requireRecentReading(
        this.options,
        () => this.newest,
        () => this.connection.current !== null,
      );
      if (session !== this.connection.current) throw this.connection.error ?? rosbridgeClosedError(this.spec);
      throwIfCanceled();
      this.tracking.reset();
      this.stuckJointReported = false;
      this.reportLimitations();
      this.sent = null;
      this.armed = true;
    });
  }

  /** Sends the last guarded target again: positions are held, velocities and efforts are 0. No joint can confirm that. */
  disarm(plan: StopPlan, reason: string): Promise<StopReport> {
    const session = this.connection.current;
    const wasArmed = this.armed;
    this.armed = false;
    void this.arming.cancel();
    if (this.sent === null) return Promise.resolve(stopReport(plan, null));
    const isSent = session !== null && (!wasArmed || this.sendStop(session));
    this.options.logger.debug(`${this.spec.name}: disarmed`, { reason });
    return Promise.resolve(
      isSent ? { ...stopReport(plan, UNCONFIRMED), isUnconfirmable: true } : stopReport(plan, UNCONFIRMED_LOST),
    );
  }

  async close(): Promise<void> {
    if (this.connection.isEnded) return;
    await this.disarm(stopPlan(this.spec), 'closed');
    const session = this.connection.end();
    this.stream.complete();
    await session?.link.close();
  }

  private reportLimitations(): void {
    if (this.limitationsReported) return;
    this.limitationsReported = true;
    this.effort.report();
    for (const line of limitationsOf(this.options)) this.options.logger.warning(`${this.spec.name}: ${line}`);
  }

  private send({ link, topics }: VerifiedRosbridge, command: RosCommand, always = false): boolean {
    if (!link.publish(commandMessage(this.options, topics.rosVersion, command), always)) return false;
    this.sent = command;
    this.counters.commands++;
    return true;
  }

  /** False when the connection is lost, so that nothing can be sent. */
  private sendStop(session: VerifiedRosbridge): boolean {
    if (this.sent === null) return true;
    try {
      return this.send(session, stopOf(this.spec, this.sent), true);
    } catch {
      return false;
    }
  }

  private attach({ link, first }: VerifiedRosbridge): void {
    this.newest = { ...first, sequence: this.newest.sequence + 1 };
    link.onState = (message, arrivalNs) => this.receive(message, arrivalNs);
    link.onBad = (error) => this.passOver(error);
    link.onLost = (error) => this.connection.disconnect(error);
  }

  private onDisconnect(session: VerifiedRosbridge): void {
    // The robot may still receive the stop, even when it sends nothing.
    if (this.armed) this.sendStop(session);
    this.armed = false;
  }

  private onReconnect(): void {
    this.counters.reconnects++;
    this.options.logger.info(`${this.spec.name}: reconnected to rosbridge (disarmed)`);
  }

  private passOver(error: SoftqdError): void {
    this.counters.badMessages++;
    const flood = this.damage.damaged(error);
    if (flood !== null) this.stream.emitFault(flood);
  }

  private receive(message: RosObject, arrivalNs: number): void {
    let reading: Reading | null;
    try {
      reading = this.reader.read(message, { sequence: this.newest.sequence + 1, arrivalNs, driven: this.armed });
    } catch (thrown) {
      this.passOver(toSoftqdError(thrown));
      return;
    }
    if (reading === null) {
      this.counters.otherRobotMessages++;
      return;
    }
    this.newest = reading;
    this.connection.received(arrivalNs);
    this.counters.readings++;
    this.pauses.received(reading, this.armed);
    this.counters.pauses = this.pauses.count;
    if (this.armed) this.checkTracking(reading);
    this.stream.push(reading);
  }

  private checkTracking(reading: Reading): void {
    const { sent } = this;
    const stuck = sent === null ? null : this.tracking.check(reading, sent.targets);
    if (stuck === null) return;
    this.counters.trackingFailures++;
    if (this.stuckJointReported) return;
    this.stuckJointReported = true;
    const topic = this.connection.current?.topics.command.name ?? '';
    this.options.logger.warning(
      `${this.spec.name}: joint ${stuck} does not follow its commands. Is a controller subscribed to ${topic}?`,
    );
  }
}

/** Targets of a robot that does not move. */
function stillTargets({ joints }: RobotSpec, positions: Float64Array): Float64Array {
  return Float64Array.from(joints, ({ commandMode }, i) => (commandMode === 'position' ? positions[i]! : 0));
}

export function rosbridgeClosedError({ name }: RobotSpec): SoftqdError {
  return new SoftqdError('E_ROSBRIDGE_LOST', `${name}: the connection to rosbridge is closed`);
}

/** Whether the server is silent, or only the joint states are missing. */
function receiveTimeoutError(options: RosbridgeOptions, link: RosbridgeLink): SoftqdError {
  const { robot, url, receiveTimeoutMs, clock } = options;
  const responds = clock.nowNs() - link.heardNs <= receiveTimeoutMs * NS_PER_MS;
  const problem = `no joint state on ${url.stateTopic} for ${receiveTimeoutMs} ms`;
  const cause = responds
    ? 'the rosbridge server still responds: the robot or its joint state broadcaster is silent'
    : link.isPingUnanswered
      ? 'the rosbridge server does not respond: it is frozen, or the network is down'
      : 'nothing else was received either';
  return new SoftqdError('E_ROSBRIDGE_LOST', `${robot.name}: ${problem}; ${cause}`, {
    hint: responds
      ? 'Check the joint state broadcaster and the hardware on the ROS side.'
      : 'Check the network and the process of the rosbridge server.',
    values: { receiveTimeoutMs, serverResponds: responds },
  });
}
