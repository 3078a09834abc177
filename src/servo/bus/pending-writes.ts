import { NS_PER_MS } from '../../base/clock.ts';

/** Sync writes that may wait, one an address: a newer one takes the place of an older. */
const MAX_PENDING_WRITES = 8;
/** A sync write that could not go out for so long is dropped: what it says is no longer meant. */
const EXPIRES_NS = 20 * NS_PER_MS;

interface PendingWrite {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly expiresNs: number;
}

/** Sync writes that wait for the end of a reply; bounded, the newest of each address only. */
export class PendingWrites {
  private writes: readonly PendingWrite[] = [];

  get isEmpty(): boolean {
    return this.writes.length === 0;
  }

  /** `dropped` counts what was replaced, or this one when there is no room. */
  add(
    { address, bytes }: Omit<PendingWrite, 'expiresNs'>,
    nowNs: number,
  ): { readonly accepted: boolean; readonly dropped: number } {
    const kept = this.writes.filter((write) => write.address !== address);
    if (kept.length >= MAX_PENDING_WRITES) return { accepted: false, dropped: 1 };
    const dropped = this.writes.length - kept.length;
    this.writes = [...kept, { address, bytes, expiresNs: nowNs + EXPIRES_NS }];
    return { accepted: true, dropped };
  }

  /** Everything that waits, in order, without what has waited too long. */
  take(nowNs: number): { readonly due: readonly Uint8Array[]; readonly expired: number } {
    const due = this.writes.filter(({ expiresNs }) => nowNs <= expiresNs).map(({ bytes }) => bytes);
    const expired = this.writes.length - due.length;
    this.writes = [];
    return { due, expired };
  }
}
