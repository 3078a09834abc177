import { Departures, type LineEnd, type LineOptions, type VirtualLine, wireNs } from './transport.ts';
import type { VirtualBoard } from './port.ts';
import { hex } from './ground-truth-log.ts';

/** Bytes on their way to the board beyond which the program has outrun the wire for good. */
const MOST_INCOMING_NS = 1e9;

/** A full-duplex line to a board: both directions take their time on the wire, each on its own. */
export class BoardLine implements VirtualLine {
  private readonly board: VirtualBoard;
  private readonly options: LineOptions;
  private readonly baudRate: number;
  private readonly departures: Departures;
  private end: LineEnd | null = null;
  private heardNs = 0;
  private saidNs = 0;
  private plug = 0;

  /** `baudRate`: of a program that has set none. */
  constructor(board: VirtualBoard, baudRate: number, options: LineOptions) {
    this.board = board;
    this.baudRate = baudRate;
    this.options = options;
    this.departures = new Departures(options.clock, (bytes) => {
      this.end?.write(bytes);
    });
  }

  receive(bytes: Uint8Array): void {
    const { clock, startNs, toRobot } = this.options;
    const nowNs = clock.nowNs();
    if (this.heardNs - nowNs > MOST_INCOMING_NS) return;
    const arriving = toRobot.pass(bytes, nowNs - startNs);
    this.heardNs = Math.max(this.heardNs, nowNs) + wireNs(bytes.length, this.bitsPerS) + arriving.delayNs;
    const { plug } = this;
    clock.at(this.heardNs, () => {
      if (plug === this.plug) this.hear(arriving.bytes);
    });
  }

  poll(): void {
    const { clock, toProgram, truth, startNs } = this.options;
    for (;;) {
      const nowNs = clock.nowNs();
      if (this.end === null || nowNs < this.saidNs) return;
      const frame = this.board.transmit(nowNs);
      if (frame === null) return;
      this.saidNs = nowNs + wireNs(frame.length, this.bitsPerS);
      const arriving = toProgram.pass(frame, nowNs - startNs);
      this.departures.add(this.saidNs + arriving.delayNs, arriving.bytes);
      const bytes = hex(frame);
      const arrived = hex(arriving.bytes);
      truth?.write('frame', this.saidNs, { bytes, ...(arrived === bytes ? {} : { arrived }) });
      clock.at(this.saidNs, () => this.poll());
    }
  }

  connect(end: LineEnd | null): void {
    this.departures.clear();
    this.plug++;
    this.heardNs = 0;
    this.saidNs = 0;
    this.end = end;
  }

  private hear(bytes: Uint8Array): void {
    const { clock, advance, truth } = this.options;
    const nowNs = clock.nowNs();
    advance(nowNs);
    truth?.write('request', nowNs, { bytes: hex(bytes) });
    this.board.receive(bytes, nowNs);
    this.poll();
  }

  private get bitsPerS(): number {
    return this.end?.speed() || this.baudRate;
  }
}
