import type { RawData, WebSocket } from 'ws';
import { NS_PER_MS, type Clock } from '../../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import {
  decodeRosbridge,
  encodeAdvertise,
  encodeCallService,
  encodePublish,
  encodeSubscribe,
  encodeUnadvertise,
  encodeUnsubscribe,
  type RosbridgeMessage,
  type RosObject,
  type RosValue,
} from '../../wire/rosbridge/index.ts';
import { closeCause } from '../connection/close-cause.ts';
import type { RosbridgeCounters } from './counters.ts';
import type { RosbridgeOptions, RosTopics } from './options.ts';

/** Max unsent bytes; beyond that a command is withheld, because the next one is newer. */
const MAX_UNSENT_BYTES = 16_384;
/** Max pending requests. */
const MAX_PENDING_REQUESTS = 8;
/** Max status messages of the server that are logged per connection. */
const MAX_STATUSES = 20;

/**
 * An open connection: receives joint states, sends commands and requests to rosapi. rosbridge confirms nothing, so a ping follows a
 * command. While its pong is overdue, commands are withheld, so that they do not accumulate and arrive late.
 */
export class RosbridgeLink {
  onState: (message: RosObject, arrivalNs: number) => void = () => undefined;
  /** Called with the error of an invalid message. */
  onBad: (error: SoftqdError) => void = () => undefined;
  /** Called once, when the connection ended without `close`. */
  onLost: (error: SoftqdError) => void = () => undefined;
  private readonly socket: WebSocket;
  private readonly options: RosbridgeOptions;
  private readonly counters: RosbridgeCounters;
  private readonly clock: Clock;
  private readonly pendingRequests = new Map<string, (values: RosValue | null) => void>();
  private nextRequestId = 1;
  private statuses = 0;
  private pingSentNs: number | null = null;
  private topics: RosTopics | null = null;
  private lastHeardNs: number;
  private ended: SoftqdError | null = null;

  constructor(socket: WebSocket, options: RosbridgeOptions, counters: RosbridgeCounters) {
    this.socket = socket;
    this.options = options;
    this.counters = counters;
    this.clock = options.clock;
    this.lastHeardNs = options.clock.nowNs();
    socket.on('message', (data, isBinary) => this.receive(data, isBinary));
    socket.on('pong', () => this.receivePong());
    socket.on('error', (error) => this.lose(`sent a broken WebSocket frame: ${error.message}`));
    socket.on('close', (code, reason) => this.lose(`is lost: ${closeCause(code, reason.toString())}`));
  }

  /** Monotonic time at which the server sent anything: a message of any kind, or a pong. */
  get heardNs(): number {
    return this.lastHeardNs;
  }

  get isPingUnanswered(): boolean {
    return this.pingSentNs !== null;
  }

  /** Subscribes to the joint states and advertises the commands; rosbridge confirms neither. */
  open(topics: RosTopics): void {
    if (this.ended) throw this.ended;
    this.topics = topics;
    this.subscribe(this.options.url.encoding === 'cbor' ? 'cbor' : 'none');
    this.socket.send(encodeAdvertise(topics.command.name, topics.command.type));
  }

  /** A second subscription replaces the first. */
  subscribe(compression: 'none' | 'cbor'): void {
    this.sendSubscription(this.topics?.state.type ?? null, compression);
  }

  /** Subscribes to the joint states without stating their type: the topic must exist. */
  subscribeToExisting(): void {
    this.sendSubscription(null, 'none');
  }

  /** False when withheld because older commands are not confirmed; `always` sends nevertheless, for a stop. Throws the error of a loss. */
  publish(message: RosObject, always = false): boolean {
    const { topics } = this;
    if (this.ended) throw this.ended;
    if (topics === null) return false;
    const nowNs = this.clock.nowNs();
    const overdue = this.pingSentNs !== null && nowNs - this.pingSentNs > this.options.unconfirmedMs * NS_PER_MS;
    if (!always && (overdue || this.socket.bufferedAmount > MAX_UNSENT_BYTES)) return false;
    this.socket.send(encodePublish(topics.command.name, message));
    if (this.pingSentNs === null) {
      this.pingSentNs = nowNs;
      this.socket.ping();
    }
    return true;
  }

  /** The response of a ROS service; null without a response in time. */
  callService(service: string, args: RosObject): Promise<RosValue | null> {
    const { rosapiTimeoutMs } = this.options;
    if (this.ended || rosapiTimeoutMs <= 0 || this.pendingRequests.size >= MAX_PENDING_REQUESTS)
      return Promise.resolve(null);
    const id = `softqd-${this.nextRequestId++}`;
    return new Promise((resolve) => {
      const settle = (values: RosValue | null): void => {
        cancel();
        this.pendingRequests.delete(id);
        resolve(values);
      };
      const cancel = this.clock.setTimer(this.clock.nowNs() + rosapiTimeoutMs * NS_PER_MS, () => settle(null));
      this.pendingRequests.set(id, settle);
      this.socket.send(encodeCallService(service, args, id));
    });
  }

  /** Closes the connection; resolves when it is closed. */
  async close(): Promise<void> {
    const { socket } = this;
    this.end(new SoftqdError('E_ROSBRIDGE_LOST', 'the connection to rosbridge was closed here'));
    if (socket.readyState === socket.CLOSED) return;
    if (socket.readyState === socket.OPEN) {
      socket.send(encodeUnsubscribe(this.options.url.stateTopic));
      if (this.topics !== null) socket.send(encodeUnadvertise(this.topics.command.name));
    }
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.close(1000);
    const timer = setTimeout(() => socket.terminate(), 300);
    await closed;
    clearTimeout(timer);
  }

  private sendSubscription(type: string | null, compression: 'none' | 'cbor'): void {
    if (this.ended) return;
    const { stateTopic: topic, throttleMs } = this.options.url;
    this.socket.send(encodeSubscribe({ topic, type, throttleMs, queueLength: 1, compression }));
  }

  private receivePong(): void {
    this.pingSentNs = null;
    this.lastHeardNs = this.clock.nowNs();
  }

  private receive(data: RawData, isBinary: boolean): void {
    if (this.ended) return;
    const arrivalNs = this.clock.nowNs();
    this.lastHeardNs = arrivalNs;
    let message: RosbridgeMessage;
    try {
      const bytes = data as Buffer;
      message = decodeRosbridge(isBinary ? bytes : bytes.toString('utf8'), this.options.maxMessageBytes);
    } catch (thrown) {
      this.onBad(toSoftqdError(thrown, 'E_ROSBRIDGE_MESSAGE'));
      return;
    }
    switch (message.op) {
      case 'publish':
        if (message.topic === this.options.url.stateTopic) this.onState(message.msg, arrivalNs);
        return;
      case 'service_response':
        this.pendingRequests.get(message.id)?.(message.result ? message.values : null);
        return;
      case 'status':
        if (this.statuses++ < MAX_STATUSES)
          this.options.logger.warning(`${this.options.robot.name}, rosbridge: ${message.text.slice(0, 500)}`);
        return;
      case 'other':
        this.onBad(new SoftqdError('E_ROSBRIDGE_MESSAGE', `rosbridge: unexpected op ${JSON.stringify(message.name)}`));
    }
  }

  private lose(what: string): void {
    if (this.ended) return;
    const address = this.options.url.webSocketUrl;
    const error = new SoftqdError('E_ROSBRIDGE_LOST', `rosbridge at ${address} ${what}`, { values: { address } });
    this.end(error);
    this.socket.terminate();
    this.onLost(error);
  }

  private end(error: SoftqdError): void {
    this.ended ??= error;
    for (const settle of [...this.pendingRequests.values()]) settle(null);
  }
}
