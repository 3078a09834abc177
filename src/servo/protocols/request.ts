import type { SoftqdError } from '../../base/errors.ts';
import type { PacketCounters } from '../../wire/packet-stream.ts';

/** What a servo reports about itself when it is pinged. */
export interface ServoIdentity {
  readonly id: number;
  readonly modelNumber: number;
  /** As the vendor writes it: `3.10`, `46`. */
  readonly firmware: string;
}

/** A reply that a request must bring. */
export interface ExpectedReply {
  readonly id: number;
  readonly dataLength: number;
}

/** A received packet, compared with the request. */
export type ReceivedPacket =
  /** Replies in it: one, or all of a fast read. `data` is empty where the servo only reported an error. */
  | { readonly kind: 'replies'; readonly replies: readonly Reply[] }
  | { readonly kind: 'wrong-length'; readonly id: number; readonly got: number; readonly packetBytes: number }
  | { readonly kind: 'unexpected'; readonly id: number; readonly packetBytes: number };

export interface Reply {
  readonly id: number;
  /** The error byte. */
  readonly error: number;
  /** The servo rejected the request, and there is no data. */
  readonly rejected: boolean;
  readonly data: Uint8Array;
}

/** The bytes of a request and the replies that it must bring. */
export interface Request {
  readonly bytes: Uint8Array;
  /** In the order in which they arrive; empty when there is no reply. */
  readonly expected: readonly ExpectedReply[];
  /** Data bytes of the longest packet that may arrive. */
  readonly maxDataBytes: number;
  /** Bytes of all replies together on the wire. */
  readonly replyBytes: number;
  /** All replies arrive in one packet. */
  readonly fast: boolean;
  /** First register that is read; null when the request is not a read. */
  readonly readAddress: number | null;
  /** The kind of instruction, for messages. */
  readonly description: string;
}

/** A contiguous part of a control table. */
export interface Span {
  readonly address: number;
  readonly length: number;
}

export interface SyncWriteItem {
  readonly id: number;
  readonly data: Uint8Array;
}

/** Decodes packets from bytes and compares them with a request. */
export interface ReplyReader {
  readonly counters: PacketCounters;
  append(chunk: Uint8Array): void;
  /** The next packet compared with `request`, or null when more bytes are needed. */
  next(request: Request): ReceivedPacket | null;
  /** Discards the buffered bytes; returns how many there were. */
  flush(): number;
}

/** The packets of a protocol: requests to bytes, bytes to replies. */
export interface ServoPackets {
  /** A reader of replies with at most `maxDataBytes` data bytes; the limit keeps a corrupt length from consuming the next replies. */
  newReader(maxDataBytes: number): ReplyReader;
  /** Every servo that receives it replies. */
  broadcastPing(): Request;
  /** Wait for the replies to a broadcast ping, in addition to their time on the wire. */
  readonly broadcastMs: number;
  /** A request whose reply identifies the servo. */
  pingRequest(id: number): Request;
  parseIdentity(reply: Reply): ServoIdentity;
  read(id: number, span: Span): Request;
  write(id: number, address: number, data: Uint8Array): Request;
  /** `fast`: one packet with all replies, where the servos support it. */
  syncRead(span: Span, ids: readonly number[], fast: boolean): Request;
  syncWrite(span: Span, items: readonly SyncWriteItem[]): Uint8Array;
  reboot(id: number): Request;
  /** A servo does not receive for this time after `reboot`. */
  readonly rebootMs: number;
  /** Faults in an error byte; the data of the reply may be valid nevertheless. */
  statusBitNames(error: number): readonly string[];
  /** The error of a reply with an error byte, or null when the byte is 0. */
  statusError(reply: Reply, what: string): SoftqdError | null;
}

/** The first register of a read instruction; null for any other instruction. */
export function readAddressOf(instruction: { readonly kind: string; readonly address?: number }): number | null {
  return /read$/i.test(instruction.kind) ? (instruction.address ?? null) : null;
}

/** Data bytes of the longest reply. */
export function longestReply(expected: readonly ExpectedReply[]): number {
  return Math.max(0, ...expected.map(({ dataLength }) => dataLength));
}

/** Bytes on the wire of replies with `frameBytes` around the data of each. */
export function totalReplyBytes(expected: readonly ExpectedReply[], frameBytes: number): number {
  return expected.reduce((sum, { dataLength }) => sum + dataLength + frameBytes, 0);
}
