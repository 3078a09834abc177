import type { Random } from '../base/random.ts';
import type { LineFault } from './fault-spec.ts';
import { Departures, type LineEnd, type LineOptions, type VirtualLine, wireNs } from './transport.ts';
import type { VirtualReply, VirtualServoBus } from './port.ts';
import { hex } from './ground-truth-log.ts';

/**
 * A half-duplex bus: a request takes its time on the wire, then each reply its return delay and its bytes, one after the other at the
 * rate that the program has set. Who speaks while servos still answer is heard after them.
 */
export class ServoLine implements VirtualLine {
  private readonly bus: VirtualServoBus;
  private readonly options: LineOptions;
  private readonly wrongIds: readonly LineFault[];
  private readonly random: Random;
  private readonly departures: Departures;
  private end: LineEnd | null = null;
  private freeNs = 0;

  constructor(bus: VirtualServoBus, options: LineOptions & { wrongIds: readonly LineFault[]; random: Random }) {
    this.bus = bus;
    this.options = options;
    this.wrongIds = options.wrongIds;
    this.random = options.random;
    this.departures = new Departures(options.clock, (bytes) => {
      this.end?.write(bytes);
    });
  }

  receive(bytes: Uint8Array): void {
    const { clock, advance, toRobot, truth, startNs } = this.options;
    const nowNs = clock.nowNs();
    advance(nowNs);
    // A program that sets no speed is taken to speak as the servos do.
    const bitsPerS = this.end?.speed() || this.bus.baudRate || 1_000_000;
    const heard = toRobot.pass(bytes, nowNs - startNs);
    this.freeNs = Math.max(this.freeNs, nowNs) + wireNs(bytes.length, bitsPerS) + heard.delayNs;
    truth?.write('request', nowNs, { bytes: hex(heard.bytes) });
    for (const reply of this.bus.receive(heard.bytes, nowNs, bitsPerS)) this.answer(reply, bitsPerS);
  }

  poll(): void {
    // Servos speak only when asked.
  }

  connect(end: LineEnd | null): void {
    this.departures.clear();
    this.freeNs = 0;
    this.end = end;
  }

  private answer(reply: VirtualReply, bitsPerS: number): void {
    const { toProgram, truth, startNs } = this.options;
    this.freeNs += reply.delayNs + wireNs(reply.bytes.length, bitsPerS);
    const sinceStartNs = this.freeNs - startNs;
    const said = this.misaddressed(reply, sinceStartNs);
    const arriving = toProgram.pass(said.bytes, sinceStartNs);
    this.departures.add(this.freeNs + arriving.delayNs, arriving.bytes);
    if (truth === null) return;
    const bytes = hex(reply.bytes);
    const arrived = hex(arriving.bytes);
    truth.write('reply', this.freeNs + arriving.delayNs, {
      id: reply.id,
      bytes,
      ...(arrived === bytes ? {} : { arrived }),
    });
  }

  private misaddressed(reply: VirtualReply, sinceStartNs: number): VirtualReply {
    for (const { probability, fromNs, untilNs } of this.wrongIds) {
      if (sinceStartNs < fromNs || sinceStartNs >= untilNs || this.random.uniform() >= probability) continue;
      // Another one of the bus where there is one: the id that a master is likeliest to take.
      const others = this.bus.ids.filter((id) => id !== reply.id);
      const id = others.length > 0 ? others[this.random.integer(others.length)]! : (reply.id + 1) % 253;
      return this.bus.readdress(reply, id);
    }
    return reply;
  }
}
