import type { Random } from '../base/random.ts';
import type { TransportFault } from './fault-spec.ts';

/** The remaining bytes of a packet and its additional delay. */
export interface DeliveredChunk {
  readonly bytes: Uint8Array;
  readonly delayNs: number;
}

/** Counters of the faults so far. */
export interface ByteFaultCounters {
  droppedBytes: number;
  corruptedBytes: number;
  duplicatedBytes: number;
  truncatedPackets: number;
  delayedPackets: number;
}

/**
 * Faults of one direction of a connection. `drop`, `corrupt` (another value) and `duplicate` affect single bytes; `truncate` (at a
 * random length) and `delay` affect packets. The same bytes in the same order with the same seed have the same faults.
 */
export class ByteFaultInjector {
  readonly counters: ByteFaultCounters = {
    droppedBytes: 0,
    corruptedBytes: 0,
    duplicatedBytes: 0,
    truncatedPackets: 0,
    delayedPackets: 0,
  };
  private readonly faults: readonly TransportFault[];
  private readonly random: Random;

  /** Ignores faults that do not concern bytes or packets. */
  constructor(faults: readonly TransportFault[], random: Random) {
    this.faults = faults.filter(({ kind }) => kind !== 'wrong-id');
    this.random = random;
  }

  /** `sinceStartNs` selects the active faults. The given bytes are not modified. */
  pass(bytes: Uint8Array, sinceStartNs: number): DeliveredChunk {
    const faults = this.faults.filter(({ fromNs, untilNs }) => sinceStartNs >= fromNs && sinceStartNs < untilNs);
    if (faults.length === 0 || bytes.length === 0) return { bytes, delayNs: 0 };
    const { random, counters } = this;
    let delayNs = 0;
    let end = bytes.length;
    for (const fault of faults) {
      if (fault.kind === 'truncate' && random.uniform() < fault.probability) {
        counters.truncatedPackets++;
        end = Math.min(end, random.integer(bytes.length));
      }
      if (fault.kind === 'delay' && random.uniform() < fault.probability) {
        counters.delayedPackets++;
        delayNs += fault.delayNs;
      }
    }
    return { bytes: this.bytesAfter(bytes.subarray(0, end), faults), delayNs };
  }

  private bytesAfter(bytes: Uint8Array, faults: readonly TransportFault[]): Uint8Array {
    const { random, counters } = this;
    const out: number[] = [];
    for (const original of bytes) {
      let byte = original;
      let copies = 1;
      for (const { kind, probability } of faults) {
        if (kind !== 'drop' && kind !== 'corrupt' && kind !== 'duplicate') continue;
        if (random.uniform() >= probability) continue;
        if (kind === 'drop') {
          copies = 0;
          counters.droppedBytes++;
        } else if (kind === 'duplicate') {
          copies *= 2;
          counters.duplicatedBytes++;
        } else {
          byte ^= 1 + random.integer(255);
          counters.corruptedBytes++;
        }
      }
      for (let i = 0; i < copies; i++) out.push(byte);
    }
    return Uint8Array.from(out);
  }
}
