import { NS_PER_MS } from '../../base/clock.ts';
import type { ExpectedReply, Request } from '../protocols/request.ts';

/** The longest time by which a reply is assumed to miss its timeout: an adapter or a machine may pause. */
const MAX_LATENESS_NS = 100 * NS_PER_MS;
const MAX_MISSED = 16;

interface MissedReplies {
  readonly request: Request;
  readonly expected: readonly ExpectedReply[];
  readonly atNs: number;
}

/**
 * Delays a request whose reply could be confused with a late one. Packets do not specify which register they contain: a reply after its
 * timeout would be accepted as the reply to the next request to the same servo for the same number of bytes.
 */
export class LateReplyGuard {
  private missed: readonly MissedReplies[] = [];

  /** These replies to `request` did not arrive before its timeout. */
  recordTimeout(request: Request, expected: readonly ExpectedReply[], nowNs: number): void {
    if (expected.length === 0) return;
    const others = this.missed.filter((entry) => !isSameRead(entry.request, request));
    this.missed = [...others, { request, expected, atNs: nowNs }].slice(-MAX_MISSED);
  }

  /** How long `request` must wait so that a reply is its own, in ns. */
  requiredDelayNs(request: Request, nowNs: number): number {
    this.missed = this.missed.filter(({ atNs }) => nowNs < atNs + MAX_LATENESS_NS);
    const conflicts = this.missed.filter(
      (entry) => !isSameRead(entry.request, request) && hasSameReplyShape(entry.expected, request.expected),
    );
    return Math.max(0, ...conflicts.map(({ atNs }) => atNs + MAX_LATENESS_NS - nowNs));
  }
}

function hasSameReplyShape(a: readonly ExpectedReply[], b: readonly ExpectedReply[]): boolean {
  return a.some(({ id, dataLength }) => b.some((other) => other.id === id && other.dataLength === dataLength));
}

function isSameRead(a: Request, b: Request): boolean {
  if (a.readAddress !== null) return a.readAddress === b.readAddress;
  return a.bytes.length === b.bytes.length && a.bytes.every((byte, i) => byte === b.bytes[i]);
}
