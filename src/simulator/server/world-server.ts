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
import { RealTimeCommand } from './real-time-command.ts';
import { RealTimePacer } from './real-time-pacer.ts';

type Hello = Extract<SimulationRequest, { type: 'hello' }>;

/**
 * The world and its clients: one controller and a limited number of observers. In lock-step, a command advances the world and its
 * reply is the next reading. In real time, the world advances by the clock under the last command (RealTimeCommand).
 */
export class WorldServer {
  private readonly options: SimulatorServerOptions;
  private readonly bounds: ServerBounds;
  private readonly pacer: RealTimePacer | null;
  private readonly watchers = new Set<ClientSession>();
  private controller: ClientSession | null = null;
  private closed = false;
  /** null in lock-step. */
  private readonly realTime: RealTimeCommand | null;

  constructor(options: SimulatorServerOptions, bounds: ServerBounds) {
    this.options = options;
    this.bounds = bounds;
    const { robot, world, clock, logger, telemetry, mode } = options;
    this.realTime =
      mode === 'lock-step'
        ? null
        : new RealTimeCommand({
            ...{ robot, world, clock, logger, commandTimeoutS: bounds.commandTimeoutS },
            onTimeout: () => telemetry?.count('simulator.command_timeouts'),
          });
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

  /** From now on the world is not touched: it may be disposed of while clients disconnect. */
  close(): void {
    this.closed = true;
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
      resetsBySeedOnly: false,
      savesNoState: false,
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

  /** The client has disconnected: a lock-step world waits, the joints of a real-time world go to their stop modes. */
  onDisconnect(session: ClientSession): void {
    this.watchers.delete(session);
    if (this.controller !== session) return;
    this.controller = null;
    if (!this.closed) this.realTime?.controllerLeft();
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
      this.realTime?.begin();
      this.pacer?.start(world.controlPeriodS);
    }
    return this.reading(request.id);
  }

  private command(request: Extract<SimulationRequest, { type: 'command' }>): SimulationReply | null {
    const { world, robot } = this.options;
    if (this.realTime === null) {
      world.step(request.targets);
      return this.reading(request.id);
    }
    if (request.targets.length !== robot.joints.length || !request.targets.every(Number.isFinite)) {
      throw new SoftqdError('E_SIMULATOR', `a command must have ${robot.joints.length} finite targets`, {
        values: { got: request.targets.length },
      });
    }
    this.realTime.command(request.targets);
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
      // It has closed its connection; the socket's event follows.
      if (this.controller?.open === false) this.onDisconnect(this.controller);
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
    this.realTime?.begin();
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
      if (this.realTime !== null) world.step(this.realTime.next());
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
}

/** For clients that reset by seed: the initial state of the model with U(-0.1, 0.1) added to each qpos and qvel. */
function seededState(state: ResetState, seed: number): ResetState {
  const random = new XoshiroRandom(seed);
  const noisy = (value: number): number => value + 0.2 * random.uniform() - 0.1;
  return { qpos: state.qpos.map(noisy), qvel: state.qvel.map(noisy) };
}
