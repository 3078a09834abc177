import type { ReplyReader, Request, ServoPackets } from '../protocols/request.ts';
import { EchoFilter } from './echo-filter.ts';
import type { ActiveTransaction } from './pending-transaction.ts';

const MAX_READERS = 16;

/** Received bytes to replies: removes the echo of an adapter and decodes packets for the pending request. */
export class ReplyReaders {
  readonly echo = new EchoFilter();
  private readonly packets: ServoPackets;
  /** By the longest reply that they read. */
  private readonly readers = new Map<number, ReplyReader>();
  private reader: ReplyReader;

  constructor(packets: ServoPackets) {
    this.packets = packets;
    this.reader = packets.newReader(0);
  }

  /** Discards buffered bytes; returns how many there were. */
  flush(): number {
    return this.reader.flush();
  }

  /** Selects the reader for the replies to `request`. */
  expect({ maxDataBytes }: Request): void {
    let reader = this.readers.get(maxDataBytes);
    if (reader === undefined) {
      if (this.readers.size >= MAX_READERS) this.readers.clear();
      reader = this.packets.newReader(maxDataBytes);
      this.readers.set(maxDataBytes, reader);
    }
    this.reader = reader;
  }

  /** Adds what `bytes` contains to the result of `active`. Returns the number of packets with an unexpected ID. */
  decode(bytes: Uint8Array, active: ActiveTransaction, nowNs: number): number {
    const { request, result } = active;
    active.receivedBytes += bytes.length;
    result.bytes += bytes.length;
    const corruptBefore = this.corruptPackets;
    let unexpected = 0;
    this.reader.append(bytes);
    for (let packet = this.reader.next(request); packet !== null; packet = this.reader.next(request)) {
      if (packet.kind === 'replies') {
        for (const reply of packet.replies) if (!result.replies.has(reply.id)) result.replies.set(reply.id, reply);
        result.arrivalNs = nowNs;
        this.echo.replyReceived();
        continue;
      }
      // A late reply to another request: its own reply is yet to come.
      active.receivedBytes -= packet.packetBytes;
      if (packet.kind === 'wrong-length') result.wrongLength.set(packet.id, packet.got);
      else {
        unexpected++;
        if (result.unexpectedIds.length < 8) result.unexpectedIds.push(packet.id);
      }
    }
    result.corruptPackets += this.corruptPackets - corruptBefore;
    return unexpected;
  }

  private get corruptPackets(): number {
    const { checksumErrors, lengthErrors } = this.reader.counters;
    return checksumErrors + lengthErrors;
  }
}
