import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { MonotonicClock } from '../../base/monotonic-clock.ts';
import { silentLogger } from '../../base/logger.ts';
import type { StopPlan } from '../../robot/stop-plan.ts';
import { openServoBus, type SerialServoBus, type ServoProtocolName } from '../../servo/index.ts';
import { HoldSupervisor, readStopStates, type StoppableRobot } from '../../servo/stop/index.ts';
import type { HoldStatus } from './hold-client.ts';
import { PortTransport } from './port-transport.ts';

export interface HoldingOptions {
  readonly robot: StoppableRobot;
  readonly protocol: ServoProtocolName;
  readonly baudRate: number;
  /** Where another process asks for the port; null: nowhere, and nothing is held after the end of the daemon. */
  readonly holdSocketPath: string | null;
  readonly plan: StopPlan;
  /** Time of the stop, of `performance.now()`. */
  readonly sinceMs: number;
  /** Descriptor of the port. */
  readonly port: number;
  /** Nothing is held any more, the port is lost, or another process has taken it over. */
  readonly onEnd: () => void;
}

const CHECK_PERIOD_MS = 50;
const MAX_REQUEST_LENGTH = 256;
const NS_PER_MS = 1e6;

/** Supervises a robot that holds, without its daemon. Returns a function that ends the supervision and leaves the port open. */
export function startHolding(options: HoldingOptions): () => void {
  const holding = new Holding(options);
  void holding.run();
  return () => holding.cancel();
}

class Holding {
  private readonly options: HoldingOptions;
  private readonly transport: PortTransport;
  private readonly server: Server | null;
  private bus: SerialServoBus | null = null;
  private supervisor: HoldSupervisor | null = null;
  private ended = false;

  constructor(options: HoldingOptions) {
    this.options = options;
    this.transport = new PortTransport(options.port);
    this.server = options.holdSocketPath === null ? null : this.listen(options.holdSocketPath);
  }

  async run(): Promise<void> {
    const { protocol, baudRate, robot, plan, sinceMs } = this.options;
    const clock = new MonotonicClock();
    const open = (): Promise<PortTransport> => Promise.resolve(this.transport);
    const bus = await openServoBus({ protocol, baudRate, address: '', clock, logger: silentLogger, open });
    bus.onLost = () => this.end();
    this.bus = bus;
    const states = await readStopStates(bus, robot);
    this.supervisor = new HoldSupervisor({
      ...{ bus, robot, plan, states },
      sinceNs: sinceMs * NS_PER_MS,
      onMessage: () => this.setTitle(),
    });
    this.setTitle();
    while (!this.isEnded()) {
      await new Promise((resolve) => setTimeout(resolve, CHECK_PERIOD_MS));
      if (!this.isEnded()) await this.check(bus, this.supervisor);
    }
  }

  /** The daemon has resumed: the bus is its own again. */
  cancel(): void {
    this.ended = true;
    this.server?.close();
    this.transport.detach();
  }

  private async check(bus: SerialServoBus, supervisor: HoldSupervisor): Promise<void> {
    const { protocol } = bus;
    const servos = this.options.robot.servoBus?.servos ?? [];
    const ids = servos.map(({ id }) => id);
    const replies = await bus.syncRead({ ...protocol.stateBlock, ids }).catch(() => []);
    const samples = replies.map((reply, i) =>
      reply.kind === 'data' ? protocol.parseState(reply.data, servos[i]!.modelNumber) : null,
    );
    if (this.isEnded()) return;
    await supervisor.check(performance.now() * NS_PER_MS, samples);
    if (!supervisor.isHolding) this.end();
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.server?.close();
    this.options.onEnd();
  }

  /** A loop cannot see that a callback has changed the field. */
  private isEnded(): boolean {
    return this.ended;
  }

  private listen(path: string): Server {
    // A socket that is left over; only one process can have the port.
    rmSync(path, { force: true });
    const before = process.umask(0o177);
    const server = createServer((socket) => this.serve(socket));
    server.on('error', () => undefined);
    // Binds at once: the socket is created with mode 0600.
    server.listen(path);
    process.umask(before);
    return server;
  }

  private serve(socket: Socket): void {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('error', () => undefined);
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > MAX_REQUEST_LENGTH) socket.destroy();
      if (!text.includes('\n')) return;
      void this.respond(requestOf(text)).then((response) => socket.end(`${JSON.stringify(response)}\n`));
      if (requestOf(text) === 'release') socket.once('close', () => this.end());
    });
  }

  private async respond(request: unknown): Promise<object> {
    switch (request) {
      case 'status':
        await this.supervising();
        return this.status();
      case 'release':
        this.server?.close();
        await this.bus?.close();
        return { released: true };
      case 'stop':
        await (await this.supervising())?.end();
        return { stopped: true };
      default:
        return { error: 'unknown request' };
    }
  }

  /** The servos are read first; null after the end. */
  private async supervising(): Promise<HoldSupervisor | null> {
    while (this.supervisor === null && !this.ended) await new Promise((resolve) => setTimeout(resolve, 10));
    return this.supervisor;
  }

  private status(): HoldStatus {
    const joints = this.supervisor?.status(performance.now() * NS_PER_MS) ?? [];
    return { state: 'holding', robot: this.options.robot.name, pid: process.pid, joints };
  }

  /** What `ps` and E_SERIAL_BUSY show. */
  private setTitle(): void {
    const leftS = this.status().joints.map((joint) => (joint.mode === 'hold' ? joint.leftS : 0));
    const isUnlimited = leftS.includes(null);
    const until = new Date(Date.now() + Math.max(0, ...leftS.map((s) => s ?? 0)) * 1000);
    const words = isUnlimited ? 'without a time limit' : `until ${until.toTimeString().slice(0, 8)}`;
    process.title = `softqd-watchdog ${this.options.robot.name}, holding ${words}`;
  }
}

function requestOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly request?: unknown }).request;
  } catch {
    return null;
  }
}
