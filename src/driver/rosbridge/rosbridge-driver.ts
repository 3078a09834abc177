import type { Observable } from 'rxjs';
import { NS_PER_MS, NS_PER_S, type Cancel } from '../../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import type { Applied } from '../../robot/command.ts';
import type { Reading } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { RosObject } from '../../wire/rosbridge/index.ts';
import { reconnectWithBackoff } from '../connection/reconnect.ts';
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

/** How long arming waits for a joint state that is new enough. */
const MAX_ARMING_READING_AGE_MS = 500;

/** What the body needs besides its options. */
export interface RosbridgeDriverOptions {
  readonly options: RosbridgeOptions;
  readonly counters: RosbridgeCounters;
  readonly reader: JointStateReader;
  /** Connects again after a loss. */
  readonly connectAndVerify: () => Promise<VerifiedRosbridge>;
}

/**
 * A robot on the other side of a rosbridge server. While it is disarmed nothing is sent. A server that goes away, or a robot that falls
 * silent, is an error on readings$ that a new subscription survives; it comes back disarmed. Away for longer than reconnectTimeoutMs it is
 * lost for good.
 *
 * A controller in ROS keeps its last command when this process dies: there is no heartbeat that it would miss. Robots that must stop then
 * need a controller with a command timeout.
 */
export class RosbridgeDriver implements Driver {
  readonly spec: RobotSpec;
  readonly readings$: Observable<DriverEvent>;
  readonly counters: RosbridgeCounters;
  private readonly options: RosbridgeDriverOptions;
  private readonly stream = new ReadingStream();
  private readonly following: TrackingMonitor;
  private link: RosbridgeLink | null = null;
  /** Why there is no link now. */
  private away: SoftqdError | null = null;
  private armed = false;
  /** Grows with each wish to arm or to disarm: the newest counts. */
  private armRequests = 0;
  private closed = false;
  private newest: Reading;
  /** The newest targets that were sent; before any, what would stand still. */
  private targets: Float64Array;
  private stuckJointReported = false;
  private cancelWatch: Cancel = () => undefined;

  constructor(options: RosbridgeDriverOptions, established: VerifiedRosbridge) {
    this.options = options;
    this.spec = options.options.robot;
    this.counters = options.counters;
    this.readings$ = this.stream.readings$;
    this.following = new TrackingMonitor(this.spec);
    this.newest = established.first;
    this.targets = stopTargets(this.spec, this.newest.positions);
    this.attach(established);
  }

  /** Disarmed, or while the server has not confirmed older commands, nothing is sent and what was sent before is returned. Throws why the server is away. */
  apply(command: SafeCommand): Applied {
    const link = this.requireLink();
    if (!this.armed) this.counters.droppedWhileDisarmed++;
    else if (!this.send(link, command.targets.slice())) this.counters.sendFailures++;
    return { sequence: command.sequence, targets: this.targets.slice() };
  }

  /**
   * Sends what stands still first. Throws E_READING_STALE without a joint state within the age limit of the robot, E_SAFETY_STATE when rosapi says that nobody listens
   * to the commands.
   */
  async arm(): Promise<void> {
    const link = this.requireLink();
    const request = ++this.armRequests;
    await this.requireSubscriber(link);
    await this.requireRecentReading();
    if (link !== this.link) throw this.disconnectReason();
    if (request !== this.armRequests)
      throw new SoftqdError('E_SAFETY_STATE', `${this.spec.name}: arming was canceled by a disarm`);
    this.following.reset();
    this.stuckJointReported = false;
    this.send(link, stopTargets(this.spec, this.newest.positions), true);
    this.armed = true;
  }

  /** Position joints hold where they are, the others get no velocity and no effort. */
  disarm(reason: string): Promise<void> {
    const { link } = this;
    const wasArmed = this.armed;
    this.armed = false;
    this.armRequests++;
    if (link === null || !wasArmed) return Promise.resolve();
    this.stop(link);
    this.options.options.logger.debug(`${this.spec.name}: disarmed`, { reason });
    return Promise.resolve();
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

  private requireLink(): RosbridgeLink {
    if (this.link !== null) return this.link;
    throw this.disconnectReason();
  }

  private disconnectReason(): SoftqdError {
    return (
      this.stream.failure ??
      this.away ??
      new SoftqdError('E_ROSBRIDGE_LOST', `${this.spec.name}: the connection to rosbridge is closed`)
    );
  }

  /** A joint state within the robot's age limit; a server that was busy gets a moment. */
  private async requireRecentReading(): Promise<void> {
    const { clock } = this.options.options;
    const ageS = (): number => (clock.nowNs() - this.newest.arrivalNs) / NS_PER_S;
    const deadlineNs = clock.nowNs() + MAX_ARMING_READING_AGE_MS * NS_PER_MS;
    while (ageS() > this.spec.readingMaxAgeS && this.link !== null) {
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
    const { url, logger } = this.options.options;
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
    if (!link.publish(commandMessage(this.options.options, targets, this.newest.positions), always)) return false;
    this.targets = targets;
    this.counters.commands++;
    return true;
  }

  private stop(link: RosbridgeLink): void {
    try {
      this.send(link, stopTargets(this.spec, this.newest.positions), true);
    } catch {
      // The connection is gone: nothing can be sent.
    }
  }

  private attach({ link, first }: VerifiedRosbridge): void {
    this.link = link;
    this.away = null;
    this.newest = { ...first, sequence: this.newest.sequence + 1 };
    link.onState = (message, arrivalNs) => this.receive(message, arrivalNs);
    link.onBad = (error) => this.stream.emitFault(error);
    link.onLost = (error) => this.interrupt(error);
    this.watch();
  }

  private receive(message: RosObject, arrivalNs: number): void {
    let reading: Reading | null;
    try {
      reading = this.options.reader.read(message, { sequence: this.newest.sequence + 1, arrivalNs });
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
    this.counters.readings++;
    if (this.armed) this.checkTracking(reading);
    this.stream.push(reading);
  }

  private checkTracking(reading: Reading): void {
    const stuck = this.following.check(reading, this.targets);
    if (stuck === null) return;
    this.counters.trackingFailures++;
    if (this.stuckJointReported) return;
    this.stuckJointReported = true;
    this.options.options.logger.warning(
      `${this.spec.name}: joint ${stuck} does not follow its commands. Is a controller subscribed to ${this.options.options.url.commandTopic}?`,
    );
  }

  /** Looks after each half of the silence limit whether the robot still says something. */
  private watch(): void {
    const { clock, receiveTimeoutMs, url } = this.options.options;
    this.cancelWatch();
    if (this.closed || this.link === null) return;
    if (clock.nowNs() - this.newest.arrivalNs > receiveTimeoutMs * NS_PER_MS) {
      const what = `no joint state on ${url.stateTopic} for ${receiveTimeoutMs} ms`;
      this.interrupt(
        new SoftqdError('E_ROSBRIDGE_LOST', `${this.spec.name}: ${what}`, {
          values: { receiveTimeoutMs: receiveTimeoutMs },
        }),
      );
      return;
    }
    this.cancelWatch = clock.setTimer(clock.nowNs() + (receiveTimeoutMs / 2) * NS_PER_MS, () => this.watch());
  }

  private interrupt(error: SoftqdError): void {
    const { link } = this;
    if (link === null || this.closed) return;
    // Silent is not deaf: a robot that sends nothing may still hear the stop.
    if (this.armed) this.stop(link);
    this.link = null;
    this.armed = false;
    this.away = error;
    this.cancelWatch();
    this.options.options.logger.warning(error.message, { code: error.code });
    this.stream.emitFault(error);
    void link.close().then(() => this.reconnect(error));
  }

  /** Back, it is disarmed; another one, other topics, or away for too long, it is lost. */
  private async reconnect(why: SoftqdError): Promise<void> {
    const { clock, logger, reconnectTimeoutMs } = this.options.options;
    try {
      const found = await reconnectWithBackoff(why, {
        clock,
        timeoutMs: reconnectTimeoutMs,
        connect: () => {
          this.options.reader.forget();
          return this.options.connectAndVerify();
        },
        isClosed: () => this.closed,
        discard: ({ link }) => link.close(),
      });
      if (found === null) return;
      this.counters.reconnects++;
      this.attach(found);
      logger.info(`${this.spec.name}: reconnected to rosbridge (disarmed)`);
    } catch (thrown) {
      this.away = toSoftqdError(thrown);
      this.stream.fail(this.away);
    }
  }
}
