import type { Clock } from '../base/clock.ts';
import type { ByteFaultInjector } from './byte-faults.ts';
import type { GroundTruthLog } from './ground-truth-log.ts';

/** The end of the wire that programs open. */
export interface TransportPeer {
  /** Bit/s that the program has set; 0 when that is not known. */
  speed(): number;
  write(bytes: Uint8Array): void;
}

/** The transport of a virtual device: bytes from the program, and bytes to it after their transmission time. */
export interface VirtualTransport {
  receive(bytes: Uint8Array): void;
  /** Call after a physics step: a packet may be ready to send. */
  poll(): void;
  /** Replaces the port (null: unplugged); bytes in transmission are lost. */
  connect(end: TransportPeer | null): void;
}

export interface TransportOptions {
  readonly clock: Clock;
  readonly startNs: number;
  readonly toDevice: ByteFaultInjector;
  readonly toHost: ByteFaultInjector;
  readonly groundTruth: GroundTruthLog | null;
  /** Called before bytes are received or sent. */
  readonly advance: (nowNs: number) => void;
}

/** Max queued packets; the replies to a program that sends requests faster than the wire are dropped. */
const MAX_QUEUED_BYTES = 1024;

/** Start bit, eight data bits, stop bit. */
export function transmissionNs(bytes: number, bitsPerS: number): number {
  return (bytes * 10e9) / bitsPerS;
}

/** Packets in transmission to the program; each is delivered complete at its time, in order. */
export class TransmitQueue {
  lostPackets = 0;
  private readonly clock: Clock;
  private readonly write: (bytes: Uint8Array, nowNs: number) => void;
  private readonly waiting: { readonly atNs: number; readonly bytes: Uint8Array }[] = [];
  private lastNs = -Infinity;
  private cancel: (() => void) | null = null;

  constructor(clock: Clock, write: (bytes: Uint8Array, nowNs: number) => void) {
    this.clock = clock;
    this.write = write;
  }

  add(atNs: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.waiting.length >= MAX_QUEUED_BYTES) {
      this.lostPackets++;
      return;
    }
    this.lastNs = Math.max(this.lastNs, atNs);
    this.waiting.push({ atNs: this.lastNs, bytes });
    if (this.waiting.length === 1) this.schedule();
  }

  clear(): void {
    this.waiting.length = 0;
    this.cancel?.();
    this.cancel = null;
  }

  private schedule(): void {
    const next = this.waiting[0];
    this.cancel = next === undefined ? null : this.clock.setTimer(next.atNs, () => this.sendDue());
  }

  private sendDue(): void {
    const nowNs = this.clock.nowNs();
    while (this.waiting.length > 0 && this.waiting[0]!.atNs <= nowNs) this.write(this.waiting.shift()!.bytes, nowNs);
    this.schedule();
  }
}
