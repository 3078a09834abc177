import { NS_PER_MS } from '../../base/clock.ts';
import type { Request } from './bus-protocol.ts';

/** As long as the slowest adapter is waited for. */
const MAX_LATENESS_NS = 45 * NS_PER_MS;

/**
 * Whose replies may still come. Packets do not say which register they answer: a reply that comes after its time would be taken for the
 * answer to the next question to the same servo, if that asks for as many bytes of something else. Such a question waits.
 */
export class LateReplyGuard {
  private missed: Request | null = null;
  private missedNs = -Infinity;

  /** The time of `request` is over, and not a byte has come. */
  recordTimeout(request: Request, nowNs: number): void {
    this.missed = request;
    this.missedNs = nowNs;
  }

  /** How long `request` must wait until what comes is its own. */
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
