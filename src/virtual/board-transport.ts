import {
  TransmitQueue,
  type TransportPeer,
  type TransportOptions,
  type VirtualTransport,
  transmissionNs,
} from './transport.ts';
import type { VirtualBoard } from './port.ts';
import { hex } from './ground-truth-log.ts';

/** Max bytes in transmission to the board; more are dropped. */
const MAX_RECEIVE_DELAY_NS = 1e9;

/** A full-duplex connection to a board. Each direction has its own transmission time. */
export class BoardTransport implements VirtualTransport {
  private readonly board: VirtualBoard;
  private readonly options: TransportOptions;
  private readonly baudRate: number;
  private readonly departures: TransmitQueue;
  private end: TransportPeer | null = null;
  private receivedNs = 0;
  private sentNs = 0;
  private plug = 0;

  /** `baudRate`: used until the program sets one. */
  constructor(board: VirtualBoard, baudRate: number, options: TransportOptions) {
    this.board = board;
    this.baudRate = baudRate;
    this.options = options;
    this.departures = new TransmitQueue(options.clock, (bytes) => {
      this.end?.write(bytes);
    });
  }

  receive(bytes: Uint8Array): void {
    const { clock, startNs, toDevice } = this.options;
    const nowNs = clock.nowNs();
    if (this.receivedNs - nowNs > MAX_RECEIVE_DELAY_NS) return;
    const arriving = toDevice.pass(bytes, nowNs - startNs);
    this.receivedNs = Math.max(this.receivedNs, nowNs) + transmissionNs(bytes.length, this.bitsPerS) + arriving.delayNs;
    const { plug } = this;
    clock.setTimer(this.receivedNs, () => {
      if (plug === this.plug) this.deliver(arriving.bytes);
    });
  }

  poll(): void {
    const { clock, toHost, groundTruth, startNs } = this.options;
    for (;;) {
      const nowNs = clock.nowNs();
      if (this.end === null || nowNs < this.sentNs) return;
      const frame = this.board.transmit(nowNs);
      if (frame === null) return;
      this.sentNs = nowNs + transmissionNs(frame.length, this.bitsPerS);
      const arriving = toHost.pass(frame, nowNs - startNs);
      this.departures.add(this.sentNs + arriving.delayNs, arriving.bytes);
      const bytes = hex(frame);
      const arrived = hex(arriving.bytes);
      groundTruth?.write('frame', this.sentNs, { bytes, ...(arrived === bytes ? {} : { arrived }) });
      clock.setTimer(this.sentNs, () => this.poll());
    }
  }

  connect(end: TransportPeer | null): void {
    this.departures.clear();
    this.plug++;
    this.receivedNs = 0;
    this.sentNs = 0;
    this.end = end;
  }

  private deliver(bytes: Uint8Array): void {
    const { clock, advance, groundTruth } = this.options;
    const nowNs = clock.nowNs();
    advance(nowNs);
    groundTruth?.write('request', nowNs, { bytes: hex(bytes) });
    this.board.receive(bytes, nowNs);
    this.poll();
  }

  private get bitsPerS(): number {
    return this.end?.speed() || this.baudRate;
  }
}
