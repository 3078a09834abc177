import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import { XoshiroRandom } from '../../base/random.ts';
import type { ResetState } from '../../robot/reading.ts';
import { encodeSimulationReply } from '../../wire/simulation/simulation.ts';
import {
  SIMULATION_PROTOCOL_VERSION,
  type SimulationReply,
  type SimulationRequest,
  type SimulatorSpec,
} from '../../wire/simulation/simulation-messages.ts';
import { CLOSE, type ClientSession } from './client-session.ts';
import type { ServerBounds, SimulatorServerOptions } from './options.ts';
import { RealTimePacer } from './real-time-pacer.ts';

type Hello = Extract<SimulationRequest, { type: 'hello' }>;

/**
 * The world and its clients: one controller and a limited number of observers. In lock-step, a command advances the world and its
 * reply is the next reading. In real time, the world advances by the clock under the last command.
 */
export class WorldServer {
  private readonly options: SimulatorServerOptions;
  private readonly bounds: ServerBounds;
  private readonly pacer: RealTimePacer | null;
  private readonly watchers = new Set<ClientSession>();
  private controller: ClientSession | null = null;
  private targets: Float64Array;

  constructor(options: SimulatorServerOptions, bounds: ServerBounds) {
    this.options = options;
    this.bounds = bounds;
    this.targets = this.idleTargets();
    const { clock, telemetry, mode } = options;
    this.pacer =
      mode === 'lock-step'
        ? null
        : new RealTimePacer(
            clock,
            () => this.onPeriod(),
            (n) => telemetry?.count('simulator.periods_skipped', n),
          );
  }

  /** Starts the real-time pacer; a lock-step world waits for its first command. */
  open(): void {
    this.pacer?.start(this.options.world.controlPeriodS);
  }

  close(): void {
    this.pacer?.stop();
  }

  spec(): SimulatorSpec {
    const { robot, world, mode } = this.options;
    return {
      robot: robot.name,
      jointNames: robot.joints.map(({ name }) => name),
      sensors: robot.sensors.map(({ name, size, unit }) => ({ name, size, unit })),
      controlPeriodS: world.controlPeriodS,
      physicsStepS: world.physicsStepS,
      mode,
    };
  }

  /** Replies to one request, also with an error. An error that the client cannot continue after closes the connection. */
  handle(session: ClientSession, request: SimulationRequest): void {
    try {
      const reply = this.answer(session, request);
      if (reply) session.send(encodeSimulationReply(reply));
    } catch (error) {
      const refusal = toSoftqdError(error, 'E_SIMULATOR');
      if (!(error instanceof SoftqdError)) this.options.logger.error('the world failed', { error: refusal.message });
      session.send(
        encodeSimulationReply({ type: 'error', replyTo: request.id, code: refusal.code, message: refusal.message }),
      );
      if (session.role === null) session.close(CLOSE.policy, refusal.code);
    }
  }

  /** The client has disconnected: a lock-step world waits, a real-time world continues without effort. */
  onDisconnect(session: ClientSession): void {
    this.watchers.delete(session);
    if (this.controller !== session) return;
    this.controller = null;
    this.targets = this.idleTargets();
    this.options.logger.info('controller left', { client: session.address });
  }

  private answer(session: ClientSession, request: SimulationRequest): SimulationReply | null {
    if (request.type === 'hello') return this.handshake(session, request);
    if (session.role === null)
      throw new SoftqdError('E_PROTOCOL_MISMATCH', `the first message must be Hello, not ${request.type}`);
    if (session.role === 'watcher') throw new SoftqdError('E_UNAUTHORIZED', `a watcher may not send ${request.type}`);
    const { world, mode } = this.options;
    switch (request.type) {
      case 'command':
        return this.command(request);
      case 'reset':
        world.reset(
          'state' in request.from ? request.from.state : seededState(world.initialState(), request.from.seed),
        );
        break;
      case 'load-state':
        world.loadState(request.state);
        break;
      case 'save-state':
        return { type: 'state', replyTo: request.id, state: world.saveState() };
    }
    if (mode === 'real-time') {
      this.targets = this.idleTargets();
      this.pacer?.start(world.controlPeriodS);
    }
    return this.reading(request.id);
  }

  private command(request: Extract<SimulationRequest, { type: 'command' }>): SimulationReply | null {
    const { world, mode, robot } = this.options;
    if (mode === 'lock-step') {
      world.step(request.targets);
      return this.reading(request.id);
    }
    if (request.targets.length !== robot.joints.length || !request.targets.every(Number.isFinite)) {
      throw new SoftqdError('E_SIMULATOR', `a command must have ${robot.joints.length} finite targets`, {
        values: { got: request.targets.length },
      });
    }
    this.targets = request.targets;
    return null;
  }

  private handshake(session: ClientSession, hello: Hello): SimulationReply {
    const { robot, world, logger } = this.options;
    if (session.role !== null) throw new SoftqdError('E_PROTOCOL_MISMATCH', 'duplicate Hello');
    const mismatch = (what: string, server: string | number, client: string | number): SoftqdError =>
      new SoftqdError('E_PROTOCOL_MISMATCH', `${what}: the simulator has ${server}, the client ${client}`, {
        values: { what, server, client },
      });
    if (hello.protocolVersion !== SIMULATION_PROTOCOL_VERSION)
      throw mismatch('protocol version', SIMULATION_PROTOCOL_VERSION, hello.protocolVersion);
    if (hello.robot !== robot.name) throw mismatch('robot', robot.name, hello.robot);
    if (hello.role === 'watcher') {
      if (hello.controlPeriodS !== 0 && hello.controlPeriodS !== world.controlPeriodS)
        throw mismatch('control period in s', world.controlPeriodS, hello.controlPeriodS);
      if (this.watchers.size >= this.bounds.maxWatchers)
        throw new SoftqdError('E_SIMULATOR', `too many observers (${this.watchers.size})`);
      this.watchers.add(session);
    } else {
      if (this.controller)
        throw new SoftqdError(
          'E_CONTROLLER_TAKEN',
          `${robot.name} already has a controller: ${this.controller.address}`,
        );
      this.claimControl(session, hello.controlPeriodS);
    }
    session.role = hello.role;
    logger.info(`${hello.role} joined`, { client: session.address });
    return { type: 'spec', replyTo: hello.id, spec: this.spec() };
  }

  private claimControl(session: ClientSession, periodS: number): void {
    const { world } = this.options;
    const before = world.controlPeriodS;
    world.setControlPeriod(periodS);
    this.controller = session;
    this.targets = this.idleTargets();
    this.pacer?.start(periodS);
    if (periodS !== before) this.pushToWatchers({ type: 'spec', replyTo: 0, spec: this.spec() });
  }

  /** Sends the current reading as the reply to `id`, and to the observers. */
  private reading(id: number): SimulationReply {
    const reading = this.options.world.reading();
    this.pushToWatchers({ type: 'reading', replyTo: 0, reading });
    return { type: 'reading', replyTo: id, reading };
  }

  private onPeriod(): void {
    const { world, logger } = this.options;
    try {
      world.step(this.targets);
    } catch (error) {
      this.pacer?.stop();
      const failure = toSoftqdError(error, 'E_SIMULATOR');
      logger.error('simulation failed and is stopped', { error: failure.message });
      this.controller?.send(
        encodeSimulationReply({ type: 'error', replyTo: 0, code: failure.code, message: failure.message }),
      );
      return;
    }
    if (!this.controller && this.watchers.size === 0) return;
    const frame = encodeSimulationReply({ type: 'reading', replyTo: 0, reading: world.reading() });
    this.controller?.push(frame);
    for (const watcher of this.watchers) watcher.push(frame);
  }

  private pushToWatchers(reply: SimulationReply): void {
    if (this.watchers.size === 0) return;
    const frame = encodeSimulationReply(reply);
    for (const watcher of this.watchers) watcher.push(frame);
  }

  /** Zero effort, zero velocity; the target of a position joint is its current position. */
  private idleTargets(): Float64Array {
    const { robot, world } = this.options;
    const { positions } = world.reading();
    return Float64Array.from(robot.joints, ({ commandMode }, i) => (commandMode === 'position' ? positions[i]! : 0));
  }
}

/** For clients that reset by seed: the initial state of the model with U(-0.1, 0.1) added to each qpos and qvel. */
function seededState(state: ResetState, seed: number): ResetState {
  const random = new XoshiroRandom(seed);
  const noisy = (value: number): number => value + 0.2 * random.uniform() - 0.1;
  return { qpos: state.qpos.map(noisy), qvel: state.qvel.map(noisy) };
}
