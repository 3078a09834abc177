import type { ServoBusCounters } from './bus/bus-counters.ts';
import type { ReplyTimeout } from './bus/reply-timeout.ts';
import type { ServoIdentity, Span, SyncWriteItem } from './protocols/request.ts';
import type { ServoProtocol } from './protocols/servo-protocol.ts';

export type { ServoIdentity } from './protocols/request.ts';

/** One servo's reply to a sync read: the bytes of the span, or why there are none. */
export type ServoReply =
  | {
      readonly kind: 'data';
      readonly id: number;
      readonly data: Uint8Array;
      readonly statusBits: number;
      /** Monotonic time at which its last byte arrived. */
      readonly arrivalNs?: number;
    }
  | { readonly kind: 'failed'; readonly id: number; readonly code: string; readonly detail: string };

export interface ServoAccess {
  /** Accept the reply of a servo that reports a fault instead of rejecting with E_SERVO_STATUS; its data is valid. */
  readonly ignoreFaults?: boolean;
}

/**
 * The master of one half-duplex servo bus. There is one transaction at a time. A reply is accepted only when it was requested (ID,
 * length); bytes received before a transaction are discarded. Methods reject with E_SERVO_NO_REPLY, E_SERVO_CHECKSUM, E_SERVO_STATUS
 * (naming the faults), E_SERVO_REJECTED, E_SERVO_WRONG_ID, E_SERVO_WRONG_LENGTH, E_SERVO_VALUE (unknown register, value out of range),
 * E_TIMEOUT, E_SERIAL_LOST.
 */
export interface ServoBus {
  readonly protocol: ServoProtocol;
  /** The current path of the port. */
  readonly path: string;
  readonly baudRate: number;
  readonly isOpen: boolean;
  readonly counters: ServoBusCounters;
  readonly replyTimeout: ReplyTimeout;
  /** null when there is no reply in time. */
  ping(id: number): Promise<ServoIdentity | null>;
  /** IDs of the servos that reply to a broadcast ping. Some may be missing because replies can collide. */
  broadcastPing(): Promise<readonly number[]>;
  read(id: number, register: string, access?: ServoAccess): Promise<number>;
  /** Resolves when the servo has confirmed. The caller is responsible for torque and lock. */
  write(id: number, register: string, value: number, access?: ServoAccess): Promise<void>;
  /**
   * One request, one reply per servo, in the order of `ids`. Does not reject for a single servo. `maxMarginNs` limits the wait beyond
   * wire time and return delays.
   */
  syncRead(
    request: Span & { readonly ids: readonly number[]; readonly maxMarginNs?: number | undefined },
  ): Promise<readonly ServoReply[]>;
  /**
   * There is no reply. False when the serial port did not accept the bytes. A write that waits for the end of a transaction for more than
   * 20 ms is dropped, unless `expires` is false, as for a stop.
   */
  syncWrite(request: Span & { readonly items: readonly SyncWriteItem[]; readonly expires?: boolean }): boolean;
  /** Restarts the servo: latched faults are cleared and torque is off. */
  reboot(id: number): Promise<void>;
  /** Rejects pending requests with E_SERIAL_LOST. */
  close(): Promise<void>;
}
