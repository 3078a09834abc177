import type { Request } from '../protocols/request.ts';
import type { TransactionResult } from './transaction.ts';

/** Counters of one servo; they never decrease. */
export interface ServoCounters {
  /** Replies requested. */
  requested: number;
  /** Requested replies that did not arrive complete, valid and in time; the next four are the causes. */
  lost: number;
  /** No bytes arrived for this servo. */
  noReply: number;
  /** Bytes arrived that were not a packet, or its checksum differed. Counted for the first servo whose reply is missing. */
  checksum: number;
  /** Another servo replied to a request to this one alone. */
  wrongId: number;
  /** The packet had another length than requested. */
  wrongLength: number;
  /** Replies with an error byte (Feetech bits, Dynamixel error number or alert). */
  statusBits: number;
  /** Valid replies whose values the plausibility gate rejected. */
  implausible: number;
}

export interface ServoBusCounters {
  /** Requests sent. */
  transactions: number;
  syncWrites: number;
  /** Sync writes that the serial port did not accept, or that waited too long for the reply before them. */
  syncWritesDropped: number;
  /** Bytes received before a request and discarded: late replies, noise. */
  unsolicitedBytes: number;
  /** Packets with a valid checksum that were not requested. */
  unsolicitedPackets: number;
  /** Own requests that the adapter sent back. */
  echoes: number;
  readonly servos: ReadonlyMap<number, ServoCounters>;
}

/** Fewer bytes without a packet are a glitch of the adapter as it changes direction, not a reply. */
const MIN_REPLY_BYTES = 4;

/** Counters of a bus: one row per ID, at most 253 rows. */
export class BusCounters implements ServoBusCounters {
  transactions = 0;
  syncWrites = 0;
  syncWritesDropped = 0;
  unsolicitedBytes = 0;
  unsolicitedPackets = 0;
  echoes = 0;
  readonly servos = new Map<number, ServoCounters>();

  of(id: number): ServoCounters {
    let row = this.servos.get(id);
    if (row === undefined) {
      row = {
        requested: 0,
        lost: 0,
        noReply: 0,
        checksum: 0,
        wrongId: 0,
        wrongLength: 0,
        statusBits: 0,
        implausible: 0,
      };
      this.servos.set(id, row);
    }
    return row;
  }

  /** Counts the replies of one transaction. */
  recordReplies({ expected }: Request, result: TransactionResult): void {
    const garbled = expected.length === 1 && result.bytes >= MIN_REPLY_BYTES && result.unexpectedIds.length === 0;
    let corrupt = Math.max(result.corruptPackets, garbled ? 1 : 0);
    for (const { id } of expected) {
      const row = this.of(id);
      const reply = result.replies.get(id);
      row.requested++;
      if (reply !== undefined) {
        if (reply.error !== 0) row.statusBits++;
        continue;
      }
      row.lost++;
      if (result.wrongLength.has(id)) row.wrongLength++;
      else if (corrupt-- > 0) row.checksum++;
      else if (result.unexpectedIds.length > 0 && expected.length === 1) row.wrongId++;
      else row.noReply++;
    }
  }
}
