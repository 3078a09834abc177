import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { encodeCbor, type RosObject } from '../../src/wire/rosbridge/index.ts';

export interface RosbridgeServerOptions {
  readonly rosVersion?: 1 | 2;
  /** 0 = any free port. */
  readonly port?: number;
  /** Whether the node rosapi is running. */
  readonly rosapi?: boolean;
  /** false: fails on lists of strings in CBOR, as that of ROS 1 does. */
  readonly cborStrings?: boolean;
  /** Topics that exist, and their types. */
  readonly topics?: Readonly<Record<string, string>>;
}

interface Subscription {
  readonly throttleMs: number;
  readonly compression: string;
  sentMs: number;
  waiting: RosObject | null;
  timer: NodeJS.Timeout | null;
}

interface Client {
  readonly socket: WebSocket;
  readonly subscriptions: Map<string, Subscription>;
}

type Incoming = Readonly<Record<string, unknown>>;

/** Fields of the types that the tests use; rosbridge drops a message with any other. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'std_msgs/Float64MultiArray': ['layout', 'data'],
  'trajectory_msgs/JointTrajectory': ['header', 'joint_names', 'points'],
  'sensor_msgs/JointState': ['header', 'name', 'position', 'velocity', 'effort'],
  'std_msgs/String': ['data'],
};
const POINT_FIELDS = ['positions', 'velocities', 'accelerations', 'effort', 'time_from_start'];

/**
 * Speaks rosbridge v2 as rosbridge_suite does (read in its source, humble and noetic): no subprotocol; nothing is confirmed; what is
 * wrong (unknown op, type conflict, a field or a null where none belongs) goes to the server's log alone and is dropped; three-part types
 * are rejected by ROS 1; NaN and infinity become null in JSON; throttle_rate and queue_length 1 give the newest message, in time; the
 * service rosapi answers when it runs, any other is answered with result false.
 */
export class RosbridgeServer {
  readonly port: number;
  readonly log: string[] = [];
  /** Messages that reached ROS, newest last, 10,000 at most. */
  readonly published: { readonly topic: string; readonly msg: Incoming }[] = [];
  /** Called for each of them. */
  onPublished: (topic: string, msg: Incoming) => void = () => undefined;
  /** Subscribed nodes in ROS, by topic. */
  readonly listeners = new Map<string, string[]>();
  readonly subscribes: Incoming[] = [];
  rosapi: boolean;
  connections = 0;
  private readonly rosVersion: 1 | 2;
  private readonly cborStrings: boolean;
  private readonly topics: Map<string, string>;
  private readonly server: WebSocketServer;
  private readonly clients = new Set<Client>();

  private constructor(server: WebSocketServer, options: RosbridgeServerOptions) {
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    this.rosVersion = options.rosVersion ?? 2;
    this.rosapi = options.rosapi ?? true;
    this.cborStrings = options.cborStrings ?? true;
    this.topics = new Map(Object.entries(options.topics ?? {}));
    server.on('connection', (socket) => this.accept(socket));
  }

  static async start(options: RosbridgeServerOptions = {}): Promise<RosbridgeServer> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: options.port ?? 0, perMessageDeflate: false });
    await new Promise((resolve, reject) => {
      server.once('listening', resolve);
      server.once('error', reject);
    });
    return new RosbridgeServer(server, options);
  }

  /** A node in ROS publishes. */
  publish(topic: string, msg: RosObject): void {
    for (const client of this.clients) {
      const subscription = client.subscriptions.get(topic);
      if (subscription) this.handOver(client, topic, subscription, msg);
    }
  }

  /** The type name in ROS. */
  typeName(plain: string): string {
    return this.rosVersion === 1 ? plain : plain.replace('/', '/msg/');
  }

  /** Stops reading from every client, like a hanging process; the kernel continues to accept bytes. */
  freeze(): void {
    for (const { socket } of this.clients) socket.pause();
  }

  thaw(): void {
    for (const { socket } of this.clients) socket.resume();
  }

  /** Terminates every connection without a close frame. */
  cut(): void {
    for (const { socket } of this.clients) socket.terminate();
  }

  /** Sends raw text, or bytes, to every client. */
  raw(data: string | Buffer): void {
    for (const { socket } of this.clients) socket.send(data);
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private accept(socket: WebSocket): void {
    this.connections++;
    const client: Client = { socket, subscriptions: new Map() };
    this.clients.add(client);
    socket.on('message', (data) => this.incoming(client, (data as Buffer).toString('utf8')));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.clients.delete(client);
      for (const { timer } of client.subscriptions.values()) if (timer) clearTimeout(timer);
    });
  }

  private incoming(client: Client, text: string): void {
    try {
      const message = JSON.parse(text) as Incoming;
      switch (message['op']) {
        case 'advertise':
          this.advertise(message);
          return;
        case 'publish':
          this.fromClient(message);
          return;
        case 'subscribe':
          this.subscribe(client, message);
          return;
        case 'unsubscribe':
          client.subscriptions.delete(String(message['topic']));
          return;
        case 'unadvertise':
          return;
        case 'call_service':
          this.callService(client, message);
          return;
        default:
          throw new Error(`Unknown operation: ${String(message['op'])}`);
      }
    } catch (error) {
      this.log.push(String(error));
    }
  }

  /** The type without /msg/; throws as the type loader does. */
  private plainType(type: unknown): string {
    const parts = String(type).split('/');
    const plain = parts.length === 3 && parts[1] === 'msg' && this.rosVersion === 2 ? `${parts[0]}/${parts[2]}` : null;
    if (plain !== null) return plain;
    if (parts.length !== 2) throw new Error(`${String(type)} is not a valid type string`);
    return parts.join('/');
  }

  private establish(topic: string, type: unknown): void {
    const plain = this.plainType(type);
    const known = this.topics.get(topic);
    if (known !== undefined && known !== plain) throw new Error(`TypeConflictException: ${topic} is ${known}`);
    this.topics.set(topic, plain);
  }

  private advertise(message: Incoming): void {
    this.establish(String(message['topic']), message['type']);
  }

  private subscribe(client: Client, message: Incoming): void {
    this.subscribes.push(message);
    const topic = String(message['topic']);
    if (message['type'] !== undefined) this.establish(topic, message['type']);
    else if (!this.topics.has(topic)) throw new Error(`TopicNotEstablishedException: ${topic}`);
    client.subscriptions.set(topic, {
      throttleMs: Number(message['throttle_rate'] ?? 0),
      compression: message['compression'] === 'cbor' ? 'cbor' : 'none',
      sentMs: -Infinity,
      waiting: null,
      timer: null,
    });
  }

  private fromClient(message: Incoming): void {
    const topic = String(message['topic']);
    const type = this.topics.get(topic);
    if (type === undefined) throw new Error(`TopicNotEstablishedException: ${topic}`);
    const msg = message['msg'] as Incoming;
    checkFields(type, msg, FIELDS[type] ?? []);
    if (type === 'std_msgs/Float64MultiArray') checkNumbers(msg['data']);
    if (type === 'trajectory_msgs/JointTrajectory') {
      for (const point of msg['points'] as Incoming[]) {
        checkFields(type, point, POINT_FIELDS);
        checkNumbers(point['positions']);
        checkNumbers(point['velocities']);
      }
    }
    this.published.push({ topic, msg });
    if (this.published.length > 10_000) this.published.shift();
    this.onPublished(topic, msg);
    this.publish(topic, msg as RosObject);
  }

  private callService(client: Client, message: Incoming): void {
    const service = String(message['service']);
    const args = (message['args'] ?? {}) as Readonly<Record<string, string>>;
    const values = this.rosapi ? this.rosapiAnswer(service, args) : null;
    const answer = {
      op: 'service_response',
      service,
      id: message['id'],
      values: values ?? `Service ${service} does not exist`,
      result: values !== null,
    };
    client.socket.send(JSON.stringify(answer));
  }

  private rosapiAnswer(service: string, args: Readonly<Record<string, string>>): Incoming | null {
    switch (service) {
      case '/rosapi/topic_type': {
        const type = this.topics.get(args['topic']!);
        return { type: type === undefined ? '' : this.typeName(type) };
      }
      case '/rosapi/topics_for_type': {
        const topics = [...this.topics].filter(([, type]) => this.typeName(type) === args['type']);
        return { topics: topics.map(([topic]) => topic) };
      }
      case '/rosapi/topics':
        return { topics: [...this.topics.keys()], types: [...this.topics.values()].map((type) => this.typeName(type)) };
      case '/rosapi/get_ros_version':
        return this.rosVersion === 2 ? { version: 2, distro: 'humble' } : null;
      case '/rosapi/subscribers':
        return { subscribers: this.listeners.get(args['topic']!) ?? [] };
      default:
        return null;
    }
  }

  private handOver(client: Client, topic: string, subscription: Subscription, msg: RosObject): void {
    subscription.waiting = msg;
    if (subscription.timer !== null) return;
    const waitMs = subscription.sentMs + subscription.throttleMs - performance.now();
    const send = (): void => {
      subscription.timer = null;
      const { waiting } = subscription;
      subscription.waiting = null;
      if (waiting === null || client.socket.readyState !== client.socket.OPEN) return;
      subscription.sentMs = performance.now();
      const message = { op: 'publish', topic, msg: waiting };
      if (subscription.compression === 'cbor') {
        if (this.cborStrings) client.socket.send(encodeCbor(message));
        else this.log.push("AttributeError: 'str' object has no attribute '__slots__'");
      } else client.socket.send(JSON.stringify(message, toJson));
    };
    if (waitMs <= 0) send();
    else subscription.timer = setTimeout(send, waitMs);
  }
}

function toJson(_key: string, value: unknown): unknown {
  // JSON.stringify itself makes null of NaN and infinity, as the server does.
  return ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value;
}

function checkFields(type: string, msg: unknown, fields: readonly string[]): void {
  if (typeof msg !== 'object' || msg === null) throw new Error(`FieldTypeMismatchException: ${type}`);
  for (const field of Object.keys(msg)) {
    if (!fields.includes(field)) throw new Error(`NonexistentFieldException: ${type}.${field}`);
  }
}

function checkNumbers(values: unknown): void {
  if (!Array.isArray(values) || !values.every((value) => typeof value === 'number')) {
    throw new Error('FieldTypeMismatchException: a float was expected');
  }
}
