import type { SoftqdError } from '../../base/errors.ts';
import type { PacketCounters } from '../../wire/packet-stream.ts';
import type { Register } from '../../wire/registers.ts';
import type { ServoIdentity } from '../port.ts';

/** A reply that was asked for. */
export interface ExpectedReply {
  readonly id: number;
  readonly dataLength: number;
}

/** What a packet from the line is, compared with what was asked. */
export type ReceivedPacket =
  /** Blocks of the answers in it: one, or all of a fast read. `data` is empty where the servo only reported an error. */
  | { readonly kind: 'answers'; readonly answers: readonly Reply[] }
  | { readonly kind: 'wrong-length'; readonly id: number; readonly got: number }
  | { readonly kind: 'foreign'; readonly id: number };

export interface Reply {
  readonly id: number;
  /** The error byte. */
  readonly error: number;
  /** The servo refused, and there is no data. */
  readonly refused: boolean;
  readonly data: Uint8Array;
}

/** A request on its way: bytes out, and what may come back. */
export interface Request {
  readonly bytes: Uint8Array;
  /** Replies in the order in which they come; empty when none does. */
  readonly expected: readonly ExpectedReply[];
  /** Data bytes of the longest packet that may come. */
  readonly maxDataBytes: number;
  /** Bytes of all replies together on the wire. */
  readonly replyBytes: number;
  /** All answers come in one packet. */
  readonly fast: boolean;
  /** First register that is read; null when it is no read. */
  readonly readAddress: number | null;
  /** The kind of instruction, for messages. */
  readonly description: string;
}

export interface Span {
  readonly address: number;
  readonly length: number;
}

/** Packets out of bytes, judged against a request. */
export interface ReplyReader {
  readonly counters: PacketCounters;
  append(chunk: Uint8Array): void;
  /** The next packet as seen by `request`, or null when more bytes are needed. */
  next(request: Request): ReceivedPacket | null;
  /** Throws away what is there; returns how many bytes that were. */
  flush(): number;
}

/** Where the protocols differ. Everything else of a bus is the same. */
export interface BusProtocol {
  readonly name: 'feetech' | 'dynamixel';
  readonly registers: Readonly<Record<string, Register>>;
  readonly maxId: number;
  readonly models: ReadonlyMap<number, string>;
  /** A reader of replies with at most so many data bytes: a damaged length then swallows no reply behind it. */
  newReader(maxDataBytes: number): ReplyReader;
  /** Everybody who hears it answers. */
  broadcastPing(): Request;
  /** How long to wait for those answers, beside their time on the wire. */
  readonly broadcastMs: number;
  /** A request whose answer says who the servo is. */
  pingRequest(id: number): Request;
  parseIdentity(answer: Reply): ServoIdentity;
  read(id: number, span: Span): Request;
  write(id: number, address: number, data: Uint8Array): Request;
  /** `fast`: one packet for all, where the servos can. */
  syncRead(span: Span, ids: readonly number[], fast: boolean): Request;
  syncWrite(span: Span, items: readonly { readonly id: number; readonly data: Uint8Array }[]): Uint8Array;
  reboot(id: number): Request;
  /** How long a servo is deaf after `reboot`. */
  readonly rebootMs: number;
  /** Faults of the servo itself in this error byte; the data may be right nevertheless. */
  statusBitNames(error: number): readonly string[];
  /** Error of a servo's answer with an error byte, or null when the byte is 0. */
  statusError(answer: Reply, what: string): SoftqdError | null;
}
