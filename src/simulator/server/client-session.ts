import type { WebSocket } from 'ws';
import type { Telemetry } from '../../base/telemetry.ts';
import type { SimulationRole } from '../../wire/simulation/simulation-messages.ts';
import type { ServerBounds } from './options.ts';

/** WebSocket close codes used here (RFC 6455, section 7.4). */
export const CLOSE = {
  goingAway: 1001,
  protocolError: 1002,
  unsupportedData: 1003,
  policy: 1008,
  tryAgainLater: 1013,
} as const;

/** One connected client: its role after Hello, and how far it lags behind. */
export class ClientSession {
  role: SimulationRole | null = null;
  readonly address: string;
  private readonly socket: WebSocket;
  private readonly bounds: ServerBounds;
  private readonly telemetry: Telemetry | undefined;
  private droppedInARow = 0;

  constructor(socket: WebSocket, address: string, limits: { bounds: ServerBounds; telemetry: Telemetry | undefined }) {
    this.socket = socket;
    this.address = address;
    this.bounds = limits.bounds;
    this.telemetry = limits.telemetry;
  }

  get open(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  /** Sends a reply. A client that has stopped reading is disconnected. */
  send(frame: Uint8Array): void {
    if (!this.open) return;
    if (this.socket.bufferedAmount > this.bounds.disconnectBeyondBytes) {
      this.disconnectStalled();
      return;
    }
    this.socket.send(frame);
  }

  /** Sends a pushed reading, which may be dropped. */
  push(frame: Uint8Array): void {
    if (!this.open) return;
    if (this.socket.bufferedAmount + frame.length > this.bounds.dropBeyondBytes) {
      this.telemetry?.count('simulator.readings_dropped');
      this.droppedInARow++;
      if (this.droppedInARow > this.bounds.maxDroppedInARow) this.disconnectStalled();
      return;
    }
    this.droppedInARow = 0;
    this.socket.send(frame);
  }

  close(code: number, reason: string): void {
    // A close frame contains at most 123 bytes of reason.
    this.socket.close(code, reason.slice(0, 100));
  }

  terminate(): void {
    this.socket.terminate();
  }

  /** A client that has stopped reading does not read a close frame either. */
  private disconnectStalled(): void {
    this.telemetry?.count('simulator.clients_stalled');
    this.socket.terminate();
  }
}
