import type { Register } from '../wire/registers.ts';

/** Who answered a ping. */
export interface ServoIdentity {
  readonly id: number;
  readonly modelNumber: number;
  /** As the vendor writes it: `3.10`, `46`. */
  readonly firmware: string;
}

/** One servo's answer to a sync read: the raw bytes asked for, or why there are none (an E_SERVO_* or E_READING_IMPLAUSIBLE error is made of it by who needs one). */
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
  /** A servo that has a fault to report answers nevertheless, and rightly: take its answer instead of rejecting with E_SERVO_STATUS. */
  readonly ignoreFaults?: boolean;
}

/**
 * The master's end of one half-duplex servo bus: one transaction at a time, replies accepted only when solicited (id, length), what was
 * received before a transaction is thrown away. Methods reject with E_SERVO_NO_REPLY, E_SERVO_CHECKSUM, E_SERVO_STATUS (naming the bits),
 * E_SERVO_REJECTED, E_SERVO_WRONG_ID, E_SERVO_WRONG_LENGTH, E_SERIAL_LOST.
 */
export interface ServoBus {
  readonly protocol: 'feetech' | 'dynamixel';
  /** The port as it is called now. */
  readonly path: string;
  readonly baudRate: number;
  /** Registers of the servos of this protocol, by name. */
  readonly registers: Readonly<Record<string, Register>>;
  /** null when nobody answers in time. */
  ping(id: number): Promise<ServoIdentity | null>;
  read(id: number, register: string, access?: ServoAccess): Promise<number>;
  /** Resolves once the servo has confirmed. The caller has seen to torque and lock. */
  write(id: number, register: string, value: number, access?: ServoAccess): Promise<void>;
  /** One request, one answer a servo in the order of `ids`; never rejects for a single servo. `length` bytes from `address`. */
  syncRead(request: {
    readonly address: number;
    readonly length: number;
    readonly ids: readonly number[];
  }): Promise<readonly ServoReply[]>;
  /** No answer comes. False when the line could not take the bytes now. */
  syncWrite(request: {
    readonly address: number;
    readonly length: number;
    readonly items: readonly { readonly id: number; readonly data: Uint8Array }[];
  }): boolean;
  /** Restarts the servo: it forgets latched faults and comes back with torque off. */
  reboot(id: number): Promise<void>;
  /** Rejects whatever waits with E_SERIAL_LOST. */
  close(): Promise<void>;
}
