import { NS_PER_MS } from '../../base/clock.ts';
import type { Request } from './bus-protocol.ts';

/** As long as the slowest adapter is waited for. */
const LATEST_NS = 45 * NS_PER_MS;

/**
 * Whose replies may still come. Packets do not say which register they answer: a reply that comes after its time would be taken for the
 * answer to the next question to the same servo, if that asks for as many bytes of something else. Such a question waits.
 */
export class LateReplies {
  private missed: Request | null = null;
  private missedNs = -Infinity;

  /** The time of `request` is over, and not a byte has come. */
  miss(request: Request, nowNs: number): void {
    this.missed = request;
    this.missedNs = nowNs;
  }

  /** How long `request` must wait until what comes is its own. */
  holdNs(request: Request, nowNs: number): number {
    const { missed } = this;
    if (missed === null) return 0;
    const leftNs = this.missedNs + LATEST_NS - nowNs;
    if (leftNs <= 0) {
      this.missed = null;
      return 0;
    }
    return asksTheSame(missed, request) || !isLike(missed, request) ? 0 : leftNs;
  }
}

function isLike(a: Request, b: Request): boolean {
  return a.expected.some(({ id, dataLength }) =>
    b.expected.some((other) => other.id === id && other.dataLength === dataLength),
  );
}

function asksTheSame(a: Request, b: Request): boolean {
  if (a.readsFrom !== null) return a.readsFrom === b.readsFrom;
  return a.bytes.length === b.bytes.length && a.bytes.every((byte, i) => byte === b.bytes[i]);
}
