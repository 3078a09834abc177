import { NS_PER_MS } from '../../base/clock.ts';

/** Pending sync writes, one per address: a newer one replaces an older one. */
const MAX_PENDING_WRITES = 8;
/** A sync write that could not be sent for this long is outdated and dropped. */
const EXPIRES_NS = 20 * NS_PER_MS;

export interface SyncWrite {
  readonly address: number;
  readonly bytes: Uint8Array;
  /** Whether it is dropped when it cannot be sent for 20 ms. */
  readonly expires: boolean;
}

interface PendingWrite extends Omit<SyncWrite, 'expires'> {
  readonly expiresNs: number;
}

/** Sync writes that wait for the end of a transaction: bounded, the newest of each address. */
export class PendingWrites {
  private writes: readonly PendingWrite[] = [];

  get isEmpty(): boolean {
    return this.writes.length === 0;
  }

  /** `dropped` counts replaced writes, or this one when the queue is full. */
  add({ address, bytes, expires }: SyncWrite, nowNs: number): { readonly accepted: boolean; readonly dropped: number } {
    const kept = this.writes.filter((write) => write.address !== address);
    if (kept.length >= MAX_PENDING_WRITES) return { accepted: false, dropped: 1 };
    const dropped = this.writes.length - kept.length;
    this.writes = [...kept, { address, bytes, expiresNs: expires ? nowNs + EXPIRES_NS : Infinity }];
    return { accepted: true, dropped };
  }

  /** All pending writes in order, without expired ones. */
  take(nowNs: number): { readonly due: readonly Uint8Array[]; readonly expired: number } {
    const due = this.writes.filter(({ expiresNs }) => nowNs <= expiresNs).map(({ bytes }) => bytes);
    const expired = this.writes.length - due.length;
    this.writes = [];
    return { due, expired };
  }
}
