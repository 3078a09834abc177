import { NS_PER_MS, NS_PER_S } from '../../base/clock.ts';
import type { TimeoutOptions } from './pending-transaction.ts';

const BITS_PER_BYTE = 10;
/** Before the first measurement. Covers an FTDI adapter with a latency timer of 16 ms and a program that has just started. */
const INITIAL_LATENCY_NS = 20 * NS_PER_MS;
const MIN_MARGIN_NS = 1.5 * NS_PER_MS;
const MAX_MARGIN_NS = 45 * NS_PER_MS;
/** One USB frame. */
const FRAME_NS = 1 * NS_PER_MS;
/** Halves the largest latency in about 140 transactions. */
const DECAY = 0.995;
/** Replaces the initial latency by measured ones faster. */
const INITIAL_DECAY = 0.93;
const INITIAL_TRANSACTIONS = 64;

/**
 * The timeout of a reply: its time on the wire, the servos' return delays, and a margin for adapter and operating system. The margin is
 * learned from replies: twice the largest recent latency plus 1 ms, between 1.5 and 45 ms.
 */
export class ReplyTimeout {
  /** Delay of the slowest servo before its reply; 255 steps of 2 us until it is known. */
  returnDelayNs = 510_000;
  private readonly byteNs: number;
  private latencyNs = INITIAL_LATENCY_NS;
  private measured = 0;

  constructor(baudRate: number) {
    this.byteNs = (BITS_PER_BYTE * NS_PER_S) / baudRate;
  }

  transmissionNs(bytes: number): number {
    return bytes * this.byteNs;
  }

  get marginNs(): number {
    return Math.min(MAX_MARGIN_NS, Math.max(MIN_MARGIN_NS, 2 * this.latencyNs + FRAME_NS));
  }

  /** From the first byte of the request. `maxMarginNs` limits the margin; `writesEeprom` uses the largest. */
  timeoutNs(
    {
      requestBytes,
      replyBytes,
      replies,
    }: { readonly requestBytes: number; readonly replyBytes: number; readonly replies: number },
    { maxMarginNs = MAX_MARGIN_NS, writesEeprom = false }: Pick<TimeoutOptions, 'maxMarginNs' | 'writesEeprom'> = {},
  ): number {
    const marginNs = writesEeprom ? MAX_MARGIN_NS : Math.min(maxMarginNs, this.marginNs);
    return this.transmissionNs(requestBytes + replyBytes) + replies * this.returnDelayNs + marginNs;
  }

  /** The latency to assume until replies have been measured. */
  setInitialLatency(latencyMs: number): void {
    this.latencyNs = latencyMs * NS_PER_MS;
  }

  /** All replies arrived `tookNs` after the request. */
  recordReply(tookNs: number, bytes: number): void {
    const decay = this.measured++ < INITIAL_TRANSACTIONS ? INITIAL_DECAY : DECAY;
    this.latencyNs = Math.max(tookNs - this.transmissionNs(bytes), this.latencyNs * decay);
  }

  /** A reply arrived after its timeout. */
  recordLateReply(): void {
    this.latencyNs = Math.min(MAX_MARGIN_NS, 2 * this.latencyNs + FRAME_NS);
  }
}
