/** What a bus saw of one servo; every number only grows. */
export interface ServoCounters {
  /** Replies that were asked for. */
  requested: number;
  /** Of these, how many did not come whole, right and in time; the reasons stand in the next three. */
  lost: number;
  /** Nothing at all came for this servo. */
  noReply: number;
  /** Something came, and it was no packet or its checksum differed: laid at the door of the first servo whose reply is missing. */
  checksum: number;
  /** Another servo's packet came while this one was asked alone. */
  wrongId: number;
  /** Its packet had another length than was asked for. */
  wrongLength: number;
  /** Replies with an error byte (Feetech bits, Dynamixel error number or alert). */
  statusBits: number;
  /** Values that arrived whole and that the gate did not believe. */
  implausible: number;
}

export interface ServoBusCounters {
  /** Requests that went out. */
  transactions: number;
  syncWrites: number;
  /** Sync writes that the line could not take, or that waited too long for the reply before them. */
  syncWritesDropped: number;
  /** Bytes that were there before a request and were thrown away: late replies, noise. */
  unsolicitedBytes: number;
  /** Packets with a right checksum that nobody had asked for. */
  unsolicitedPackets: number;
  /** Own requests that came back from the adapter. */
  echoes: number;
  readonly servos: ReadonlyMap<number, ServoCounters>;
}

/** Counters of a bus: one row an id, at most 253 rows. */
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
}
