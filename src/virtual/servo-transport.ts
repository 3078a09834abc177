import type { Random } from '../base/random.ts';
import type { TransportFault } from './fault-spec.ts';
import {
  TransmitQueue,
  type TransportPeer,
  type TransportOptions,
  type VirtualTransport,
  transmissionNs,
} from './transport.ts';
import type { VirtualReply, VirtualServoBus } from './port.ts';
import { hex } from './ground-truth-log.ts';

/**
 * A half-duplex bus: the transmission time of a request, then return delay and transmission time of each reply, one after the other, at
 * the rate set by the program. A request sent during replies is received after them.
 */
export class ServoTransport implements VirtualTransport {
  private readonly bus: VirtualServoBus;
  private readonly options: TransportOptions;
  private readonly wrongIds: readonly TransportFault[];
  private readonly random: Random;
  private readonly departures: TransmitQueue;
  private end: TransportPeer | null = null;
  private freeNs = 0;

  constructor(
    bus: VirtualServoBus,
    options: TransportOptions & { wrongIds: readonly TransportFault[]; random: Random },
  ) {
    this.bus = bus;
    this.options = options;
    this.wrongIds = options.wrongIds;
    this.random = options.random;
    this.departures = new TransmitQueue(options.clock, (bytes) => {
      this.end?.write(bytes);
    });
  }

  receive(bytes: Uint8Array): void {
    const { clock, advance, toDevice, groundTruth, startNs } = this.options;
    const nowNs = clock.nowNs();
    advance(nowNs);
    // A program that sets no baud rate is assumed to use that of the servos.
    const bitsPerS = this.end?.speed() || this.bus.baudRate || 1_000_000;
    const heard = toDevice.pass(bytes, nowNs - startNs);
    this.freeNs = Math.max(this.freeNs, nowNs) + transmissionNs(bytes.length, bitsPerS) + heard.delayNs;
    groundTruth?.write('request', nowNs, { bytes: hex(heard.bytes) });
    for (const reply of this.bus.receive(heard.bytes, nowNs, bitsPerS)) this.answer(reply, bitsPerS);
  }

  poll(): void {
    // Servos send only replies.
  }

  connect(end: TransportPeer | null): void {
    this.departures.clear();
    this.freeNs = 0;
    this.end = end;
  }

  private answer(reply: VirtualReply, bitsPerS: number): void {
    const { toHost, groundTruth, startNs } = this.options;
    this.freeNs += reply.delayNs + transmissionNs(reply.bytes.length, bitsPerS);
    const sinceStartNs = this.freeNs - startNs;
    const said = this.withWrongId(reply, sinceStartNs);
    const arriving = toHost.pass(said.bytes, sinceStartNs);
    this.departures.add(this.freeNs + arriving.delayNs, arriving.bytes);
    if (groundTruth === null) return;
    const bytes = hex(reply.bytes);
    const arrived = hex(arriving.bytes);
    groundTruth.write('reply', this.freeNs + arriving.delayNs, {
      id: reply.id,
      bytes,
      ...(arrived === bytes ? {} : { arrived }),
    });
  }

  private withWrongId(reply: VirtualReply, sinceStartNs: number): VirtualReply {
    for (const { probability, fromNs, untilNs } of this.wrongIds) {
      if (sinceStartNs < fromNs || sinceStartNs >= untilNs || this.random.uniform() >= probability) continue;
      // The ID of another servo on the bus if there is one, which a master accepts most likely.
      const others = this.bus.ids.filter((id) => id !== reply.id);
      const id = others.length > 0 ? others[this.random.integer(others.length)]! : (reply.id + 1) % 253;
      return this.bus.withReplyId(reply, id);
    }
    return reply;
  }
}
