import type { Observable } from 'rxjs';
import { NS_PER_MS, NS_PER_S } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { Applied } from '../../robot/command.ts';
import type { Reading } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { stopReport, type StopPlan, type StopReport } from '../../robot/stop-plan.ts';
import { stopPlan } from '../../safety/port.ts';
import type { RosObject } from '../../wire/rosbridge/index.ts';
import { ArmingSequence } from '../arming.ts';
import { ReconnectingConnection } from '../connection/reconnecting-connection.ts';
import type { Driver, DriverEvent, SafeCommand } from '../port.ts';
import { ReadingStream } from '../reading-stream.ts';
import { commandMessage, stopTargets } from './command-message.ts';
import type { RosbridgeCounters } from './counters.ts';
import type { VerifiedRosbridge } from './connect-and-verify.ts';
import { TrackingMonitor } from './tracking-monitor.ts';
import type { JointStateReader } from './joint-state-reader.ts';
import type { RosbridgeOptions } from './options.ts';
import { subscribersOf } from './rosapi.ts';
import type { RosbridgeLink } from './rosbridge-link.ts';

/** How long arming waits for a joint state within the age limit. */
const MAX_ARMING_READING_AGE_MS = 500;

export interface RosbridgeDriverOptions {
  readonly options: RosbridgeOptions;
  readonly counters: RosbridgeCounters;
  readonly reader: JointStateReader;
  /** Connects again after a loss. */
  readonly connectAndVerify: () => Promise<VerifiedRosbridge>;
}

/**
 * A robot behind a rosbridge server. While it is disarmed nothing is sent. A lost connection, or no joint state for receiveTimeoutMs, is a
 * fault on readings$; the robot is disarmed afterwards. Disconnected for longer than reconnectTimeoutMs, it is lost permanently.
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
  private armed = false;
  private newest: Reading;
  /** The newest targets that were sent; before any, the stop targets. */
  private targets: Float64Array;
  private stuckJointReported = false;

  constructor({ options, counters, reader, connectAndVerify }: RosbridgeDriverOptions, established: VerifiedRosbridge) {
    this.options = options;
    this.spec = options.robot;
    this.counters = counters;
    this.reader = reader;
    this.readings$ = this.stream.readings$;
    this.tracking = new TrackingMonitor(this.spec);
    this.arming = new ArmingSequence(this.spec.name);
    this.newest = established.first;
    this.targets = stopTargets(this.spec, this.newest.positions);
    const { clock, logger, receiveTimeoutMs, reconnectTimeoutMs } = options;
    this.connection = new ReconnectingConnection<VerifiedRosbridge>({
      stream: this.stream,
      clock,
      logger,
      reconnectTimeoutMs,
      receiveTimeout: { timeoutMs: receiveTimeoutMs, error: () => receiveTimeoutError(options) },
      connect: () => {
        reader.forget();
        return connectAndVerify();
      },
      closeSession: ({ link }) => link.close(),
      attach: (session) => this.attach(session),
      onDisconnect: ({ link }) => this.onDisconnect(link),
      onReconnect: () => this.onReconnect(),
      closedError: () => rosbridgeClosedError(this.spec),
    });
    this.connection.start(established);
  }

  /**
   * Disarmed, or while the server has not confirmed older commands, nothing is sent and the targets sent before are returned. Throws the
   * error of a lost connection.
   */
  apply(command: SafeCommand): Applied {
    const { link } = this.connection.require();
    if (!this.armed) this.counters.droppedWhileDisarmed++;
    else if (!this.send(link, command.targets.slice())) this.counters.sendFailures++;
    return { sequence: command.sequence, targets: this.targets.slice() };
  }

  /**
   * Sends the stop targets first. Throws E_READING_STALE without a joint state within the age limit of the robot, E_SAFETY_STATE when
   * rosapi reports no subscriber of the command topic.
   */
  async arm(): Promise<void> {
    const session = this.connection.require();
    await this.arming.run(async (throwIfCanceled) => {
      await this.requireSubscriber(session.link);
      await this.requireRecentReading();
      if (session !== this.connection.current) throw this.connection.error ?? rosbridgeClosedError(this.spec);
      throwIfCanceled();
      this.tracking.reset();
      this.stuckJointReported = false;
      this.send(session.link, stopTargets(this.spec, this.newest.positions), true);
      this.armed = true;
    });
  }

  /** Position joints hold their position, the others get zero velocity or effort. */
  disarm(plan: StopPlan, reason: string): Promise<StopReport> {
    const session = this.connection.current;
    const wasArmed = this.armed;
    this.armed = false;
    void this.arming.cancel();
    const report = Promise.resolve(stopReport(plan, null));
    if (session === null || !wasArmed) return report;
    this.stop(session.link);
    this.options.logger.debug(`${this.spec.name}: disarmed`, { reason });
    return report;
  }

  async close(): Promise<void> {
    if (this.connection.isEnded) return;
    await this.disarm(stopPlan(this.spec), 'closed');
    const session = this.connection.end();
    this.stream.complete();
    await session?.link.close();
  }

  /** Waits for a joint state within the robot's age limit; a busy server gets 500 ms. */
  private async requireRecentReading(): Promise<void> {
    const { clock } = this.options;
    const ageS = (): number => (clock.nowNs() - this.newest.arrivalNs) / NS_PER_S;
    const deadlineNs = clock.nowNs() + MAX_ARMING_READING_AGE_MS * NS_PER_MS;
    while (ageS() > this.spec.readingMaxAgeS && this.connection.current !== null) {
      if (clock.nowNs() >= deadlineNs) {
        throw new SoftqdError(
          'E_READING_STALE',
          `${this.spec.name}: the newest joint state is ${Math.round(ageS() * 1000)} ms old; it cannot be armed`,
          { values: { ageS: ageS(), maxS: this.spec.readingMaxAgeS } },
        );
      }
      await new Promise<void>((resolve) => clock.setTimer(clock.nowNs() + 5 * NS_PER_MS, resolve));
    }
  }

  private async requireSubscriber(link: RosbridgeLink): Promise<void> {
    const { url, logger } = this.options;
    const subscribers = await subscribersOf(link, url.commandTopic);
    if (subscribers === null) {
      logger.warning(`${this.spec.name}: rosapi does not respond; cannot check for subscribers of ${url.commandTopic}`);
      return;
    }
    if (subscribers.length > 0) return;
    throw new SoftqdError('E_SAFETY_STATE', `${this.spec.name}: no subscriber on ${url.commandTopic}`, {
      hint: 'Start the controller on the ROS side, or name its topic in the URL: ?command=/TOPIC.',
      values: { topic: url.commandTopic },
    });
  }

  private send(link: RosbridgeLink, targets: Float64Array, always = false): boolean {
    if (!link.publish(commandMessage(this.options, targets, this.newest.positions), always)) return false;
    this.targets = targets;
    this.counters.commands++;
    return true;
  }

  private stop(link: RosbridgeLink): void {
    try {
      this.send(link, stopTargets(this.spec, this.newest.positions), true);
    } catch {
      // The connection is lost: nothing can be sent.
    }
  }

  private attach({ link, first }: VerifiedRosbridge): void {
    this.newest = { ...first, sequence: this.newest.sequence + 1 };
    link.onState = (message, arrivalNs) => this.receive(message, arrivalNs);
    link.onBad = (error) => this.stream.emitFault(error);
    link.onLost = (error) => this.connection.disconnect(error);
  }

  private onDisconnect(link: RosbridgeLink): void {
    // The robot may still receive the stop, even when it sends nothing.
    if (this.armed) this.stop(link);
    this.armed = false;
  }

  private onReconnect(): void {
    this.counters.reconnects++;
    this.options.logger.info(`${this.spec.name}: reconnected to rosbridge (disarmed)`);
  }

  private receive(message: RosObject, arrivalNs: number): void {
    let reading: Reading | null;
    try {
      reading = this.reader.read(message, { sequence: this.newest.sequence + 1, arrivalNs });
    } catch (error) {
      this.counters.badMessages++;
      this.stream.emitFault(error);
      return;
    }
    if (reading === null) {
      this.counters.otherRobotMessages++;
      return;
    }
    this.newest = reading;
    this.connection.received(arrivalNs);
    this.counters.readings++;
    if (this.armed) this.checkTracking(reading);
    this.stream.push(reading);
  }

  private checkTracking(reading: Reading): void {
    const stuck = this.tracking.check(reading, this.targets);
    if (stuck === null) return;
    this.counters.trackingFailures++;
    if (this.stuckJointReported) return;
    this.stuckJointReported = true;
    this.options.logger.warning(
      `${this.spec.name}: joint ${stuck} does not follow its commands. Is a controller subscribed to ${this.options.url.commandTopic}?`,
    );
  }
}

export function rosbridgeClosedError({ name }: RobotSpec): SoftqdError {
  return new SoftqdError('E_ROSBRIDGE_LOST', `${name}: the connection to rosbridge is closed`);
}

function receiveTimeoutError({ robot, url, receiveTimeoutMs }: RosbridgeOptions): SoftqdError {
  const problem = `no joint state on ${url.stateTopic} for ${receiveTimeoutMs} ms`;
  return new SoftqdError('E_ROSBRIDGE_LOST', `${robot.name}: ${problem}`, { values: { receiveTimeoutMs } });
}
