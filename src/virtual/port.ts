import type { RobotSpec } from '../robot/robot-spec.ts';

/** One packet that a virtual servo sends, and how long after the end of the request (or of the reply before it) its first byte comes. */
export interface VirtualReply {
  readonly id: number;
  readonly delayNs: number;
  readonly bytes: Uint8Array;
}

/** How a servo's horn stands and turns, in the servo's own direction. */
export interface ShaftState {
  /** Turns of the horn since the encoder's zero: 1 step is 1/4096. Beyond [0, 1) after whole turns. */
  readonly turns: number;
  readonly turnsPerS: number;
}

/** What the servo's motor does to the shaft until the next physics step. */
export type ShaftDrive =
  | { readonly kind: 'torque-off' }
  /** Part of the motor's stall torque, -1 to 1, in the servo's own direction. */
  | { readonly kind: 'torque'; readonly fraction: number }
  /** Short-circuited windings. */
  | { readonly kind: 'damp' };

/** One servo as it comes out of its box and sits in the robot. */
export interface VirtualServoSpec {
  readonly id: number;
  readonly modelNumber: number;
  /** At which it listens until somebody changes it. */
  readonly baudRate: number;
  /** What the robot file has configured: not what the servo holds at first (factory values), but what `stiffness` and `damping` refer to. */
  readonly registers: Readonly<Record<string, number>>;
  /** Position limits that it holds in EEPROM; null for factory values (0 to 4095). */
  readonly calibrated: { readonly minimumSteps: number; readonly maximumSteps: number } | null;
  /** Part of the stall torque per turn of position error when the gains are those of `registers`: proportional to the P gain. */
  readonly stiffnessPerTurn: number;
  /** Part of the stall torque per turn a second when the gains are those of `registers`: proportional to the D gain. */
  readonly dampingPerTurnPerS: number;
  /** Where its horn stands at power-on. */
  readonly shaft: ShaftState;
}

export interface VirtualServoBusOptions {
  /** In joint order. */
  readonly servos: readonly VirtualServoSpec[];
  /** Time of power-on. */
  readonly nowNs: number;
}

/** What a protocol's folder offers: `createFeetechServoBus`, `createDynamixelServoBus`. */
export type CreateVirtualServoBus = (options: VirtualServoBusOptions) => VirtualServoBus;

/**
 * The electronics of one servo: control table, EEPROM, alarms, position loop. It has no time and no bus of its own.
 * Protocols differ in packets, so the servos of one bus are one object.
 */
export interface VirtualServoBus {
  readonly protocol: 'feetech' | 'dynamixel';
  /** In joint order; changes when a master writes an id. */
  readonly ids: readonly number[];
  /** Baud rate at which every servo listens now: a master at another rate is not understood. Null when they differ. */
  readonly baudRate: number | null;
  /**
   * Bytes that came over the wire, whole or in pieces; the replies they cause, in order of sending. Never throws.
   * Servos that listen at another rate than the sender's `baudRate` hear nothing.
   */
  receive(bytes: Uint8Array, nowNs: number, baudRate: number): readonly VirtualReply[];
  /** One step of the servo's own loop (time-outs, ramps, position loop, alarms); `shafts` in joint order. */
  step(shafts: readonly ShaftState[], nowNs: number): readonly ShaftDrive[];
  /** The same reply as if servo `id` had sent it, its checksum right: the fault `wrong-id`. */
  withReplyId(reply: VirtualReply, id: number): VirtualReply;
  /** Faults from the world, by index in joint order. Brown-out: supply gone and back, RAM registers at their defaults, torque off. */
  brownOut(index: number, nowNs: number): void;
  /** Latches the overload alarm as if the protection had tripped. */
  overload(index: number): void;
  setSupplyVolts(volts: number): void;
  /** A dead servo neither answers nor moves. */
  setUnresponsive(index: number, dead: boolean): void;
}

/** How a joint stands, in the robot file's unit and direction. */
export interface JointState {
  readonly positionRadOrM: number;
  readonly velocityRadOrMPerS: number;
  /** What the motor gave since the step before. */
  readonly effortNmOrN: number;
}

/** What a joint's motor does until the next physics step. */
export type JointDrive =
  | { readonly kind: 'torque-off' }
  | { readonly kind: 'effort'; readonly effortNmOrN: number }
  /** Short-circuited windings. */
  | { readonly kind: 'damp' };

/** A board that drives every joint of a robot itself and talks over a full-duplex line. */
export interface VirtualBoard {
  readonly protocol: 'bridge';
  /** Bytes that came over the wire, whole or in pieces. Never throws. */
  receive(bytes: Uint8Array, nowNs: number): void;
  /** The next frame to send, or null; asked after every `receive` and `step` when the wire toward the master is free, and when it becomes free. */
  transmit(nowNs: number): Uint8Array | null;
  /** One step of the board's control loop; joints in joint order. */
  step(joints: readonly JointState[], nowNs: number): readonly JointDrive[];
  /** Supply of the board gone and back: a new session, motors off. */
  brownOut(nowNs: number): void;
  /** The driver of one motor trips. */
  overload(index: number): void;
  setSupplyVolts(volts: number): void;
  setEmergencyStop(pressed: boolean): void;
  /** Of every motor, °C. */
  setTemperature(celsius: number): void;
  /** Ends what runs for it. */
  close(): void;
}
