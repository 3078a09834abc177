import { NS_PER_MS, NS_PER_S } from '../../base/clock.ts';
import type { TimeoutOptions } from './pending-transaction.ts';

const BITS_PER_BYTE = 10;
/** Before anything was measured: an FTDI adapter that kept its 16 ms latency timer fits in, and a program that has just begun. */
const INITIAL_LATENCY_NS = 20 * NS_PER_MS;
const MIN_MARGIN_NS = 1.5 * NS_PER_MS;
const MAX_MARGIN_NS = 45 * NS_PER_MS;
/** Twice the worst lateness of late, and one USB frame. */
const FRAME_NS = 1 * NS_PER_MS;
/** The worst lateness is forgotten by half within some 140 transactions. */
const DECAY = 0.995;
/** What was reckoned with at the beginning gives way to what is measured sooner. */
const INITIAL_DECAY = 0.93;
const INITIAL_TRANSACTIONS = 64;

/**
 * How long to wait for a reply: its time on the wire, the servos' return delays, and a margin for adapter and operating system that is
 * learnt from the replies that come: twice the worst lateness of late plus 1 ms, between 1.5 and 45 ms.
 */
export class ReplyTimeout {
  /** Pause of the slowest servo before its reply; 255 steps of 2 us until it is known. */
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

  /** From the first byte of the request on; `mostMarginNs` bounds the margin, `slow` takes the largest. */
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

  /** What to reckon with until replies have shown it. */
  setInitialLatency(latencyMs: number): void {
    this.latencyNs = latencyMs * NS_PER_MS;
  }

  /** All replies had come after `tookNs`. */
  recordReply(tookNs: number, bytes: number): void {
    const forget = this.measured++ < INITIAL_TRANSACTIONS ? INITIAL_DECAY : DECAY;
    this.latencyNs = Math.max(tookNs - this.transmissionNs(bytes), this.latencyNs * forget);
  }

  /** A reply came after its time was over. */
  recordLateReply(): void {
    this.latencyNs = Math.min(MAX_MARGIN_NS, 2 * this.latencyNs + FRAME_NS);
  }
}
