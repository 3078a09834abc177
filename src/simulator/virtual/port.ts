/** One packet that a virtual servo sends, and how long after the end of the request (or of the reply before it) its first byte comes. */
export interface VirtualReply {
  readonly id: number;
  readonly delayNs: number;
  readonly bytes: Uint8Array;
}

/** How a servo's joint moves now: joint units (rad or m, N m or N), seen from the servo's own direction and zero. */
export interface ShaftState {
  /** Turns of the horn since the mechanical zero, fractional. */
  readonly turns: number;
  readonly turnsPerS: number;
}

/** What the servo's motor does to the shaft until the next physics step. */
export type ShaftDrive =
  | { readonly kind: 'limp' }
  /** Part of the motor's stall torque, -1 to 1. */
  | { readonly kind: 'torque'; readonly part: number }
  /** Short-circuited windings. */
  | { readonly kind: 'damp' };

/**
 * The electronics of one servo: control table, EEPROM, alarms, position loop. It has no time and no bus of its own.
 * Protocols differ in packets, so the servos of one bus are one object.
 */
export interface VirtualServoBus {
  readonly protocol: 'feetech' | 'dynamixel';
  /** In joint order. */
  readonly ids: readonly number[];
  /** Baud rate at which every servo listens now: a master at another rate is not understood. Null when they differ. */
  readonly baudRate: number | null;
  /** Bytes that came over the wire, whole or in pieces; the replies they cause, in order of sending. Never throws. */
  receive(bytes: Uint8Array, nowNs: number): readonly VirtualReply[];
  /** One step of the servo's own loop (time-outs, ramps, position loop, alarms); `shafts` in joint order. */
  step(shafts: readonly ShaftState[], nowNs: number): readonly ShaftDrive[];
  /** Faults from the world, by index in joint order. Brown-out: supply gone and back, RAM registers at their defaults, torque off. */
  brownOut(index: number, nowNs: number): void;
  overload(index: number): void;
  setSupplyVolts(volts: number): void;
  /** A dead servo neither answers nor moves. */
  setDead(index: number, dead: boolean): void;
}
