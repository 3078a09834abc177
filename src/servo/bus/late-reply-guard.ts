import { NS_PER_MS } from '../../base/clock.ts';
import type { Request } from '../protocols/request.ts';

/** The longest margin of a reply timeout. */
const MAX_LATENESS_NS = 45 * NS_PER_MS;

/**
 * Delays a request whose reply could be confused with a late one. Packets do not specify which register they contain: a reply after its
 * timeout would be accepted as the reply to the next request to the same servo for the same number of bytes.
 */
export class LateReplyGuard {
  private missed: Request | null = null;
  private missedNs = -Infinity;

  /** `request` timed out without a byte. */
  recordTimeout(request: Request, nowNs: number): void {
    this.missed = request;
    this.missedNs = nowNs;
  }

  /** How long `request` must wait so that a reply is its own, in ns. */
  requiredDelayNs(request: Request, nowNs: number): number {
    const { missed } = this;
    if (missed === null) return 0;
    const leftNs = this.missedNs + MAX_LATENESS_NS - nowNs;
    if (leftNs <= 0) {
      this.missed = null;
      return 0;
    }
    return isSameRead(missed, request) || !hasSameReplyShape(missed, request) ? 0 : leftNs;
  }
}

function hasSameReplyShape(a: Request, b: Request): boolean {
  return a.expected.some(({ id, dataLength }) =>
    b.expected.some((other) => other.id === id && other.dataLength === dataLength),
  );
}

function isSameRead(a: Request, b: Request): boolean {
  if (a.readAddress !== null) return a.readAddress === b.readAddress;
  return a.bytes.length === b.bytes.length && a.bytes.every((byte, i) => byte === b.bytes[i]);
}
