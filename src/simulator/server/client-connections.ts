import type { RawData, WebSocket } from 'ws';
import { NS_PER_MS } from '../../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import { decodeSimulationRequest, encodeSimulationReply } from '../../wire/simulation/simulation.ts';
import { ClientSession, CLOSE } from './client-session.ts';
import type { ServerBounds, SimulatorServerOptions } from './options.ts';
import type { WorldServer } from './world-server.ts';

/** The open connections of a server: decodes requests for the world and closes connections that violate the protocol. */
export class ClientConnections {
  private readonly options: SimulatorServerOptions;
  private readonly bounds: ServerBounds;
  private readonly world: WorldServer;
  private readonly sessions = new Set<ClientSession>();

  constructor(options: SimulatorServerOptions, bounds: ServerBounds, world: WorldServer) {
    this.options = options;
    this.bounds = bounds;
    this.world = world;
  }

  /** Connections that have not completed their Hello. */
  get pendingHandshakes(): number {
    return [...this.sessions].filter(({ role }) => role === null).length;
  }

  add(client: WebSocket, address: string): void {
    const { clock, telemetry, logger } = this.options;
    const { bounds } = this;
    const session = new ClientSession(client, address, { bounds, telemetry });
    this.sessions.add(session);
    const cancelHello = clock.setTimer(clock.nowNs() + bounds.helloTimeoutMs * NS_PER_MS, () => {
      if (session.role === null) session.close(CLOSE.policy, 'no Hello');
    });
    client.on('message', (data, isBinary) => this.receive(session, data, isBinary));
    client.on('error', (error) => {
      // Invalid WebSocket frames, or one beyond maxPayload: ws closes the connection itself.
      telemetry?.count('simulator.frames_refused');
      logger.warning('connection broken', { client: address, error: error.message });
    });
    client.on('close', () => {
      cancelHello();
      this.sessions.delete(session);
      this.world.onDisconnect(session);
    });
  }

  closeAll(): void {
    for (const session of this.sessions) session.close(CLOSE.goingAway, 'simulator stops');
  }

  terminateAll(): void {
    for (const session of this.sessions) session.terminate();
  }

  private receive(session: ClientSession, data: RawData, isBinary: boolean): void {
    if (!session.open) return;
    if (!isBinary) {
      const error = new SoftqdError('E_FRAME_INVALID', 'text frame received; this protocol is binary');
      this.rejectFrame(session, error, CLOSE.unsupportedData);
      return;
    }
    try {
      // ws passes one Buffer: binaryType stays nodebuffer.
      this.world.handle(session, decodeSimulationRequest(data as Buffer, this.bounds.maxFrameBytes));
    } catch (error) {
      this.rejectFrame(session, toSoftqdError(error), CLOSE.protocolError);
    }
  }

  private rejectFrame(session: ClientSession, error: SoftqdError, closeCode: number): void {
    this.options.telemetry?.count('simulator.frames_refused');
    this.options.logger.warning('frame rejected', { client: session.address, error: error.message });
    session.send(encodeSimulationReply({ type: 'error', replyTo: 0, code: error.code, message: error.message }));
    session.close(closeCode, error.code);
  }
}
