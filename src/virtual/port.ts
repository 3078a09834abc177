/** A packet of a virtual servo and the delay of its first byte after the end of the request (or of the previous reply). */
export interface VirtualReply {
  readonly id: number;
  readonly delayNs: number;
  readonly bytes: Uint8Array;
}

/** Position and speed of a servo's horn, in the direction of the servo. */
export interface ShaftState {
  /** Turns of the horn since the encoder's zero: 1 step is 1/4096. Beyond [0, 1) after whole turns. */
  readonly turns: number;
  readonly turnsPerS: number;
}

/** The drive of the servo's motor until the next physics step. */
export type ShaftDrive =
  | { readonly kind: 'torque-off' }
  /** Fraction of the stall torque, -1 to 1, in the direction of the servo. */
  | { readonly kind: 'torque'; readonly fraction: number }
  /** Short-circuited windings. */
  | { readonly kind: 'damp' };

/** One servo as it is mounted in the robot. */
export interface VirtualServoSpec {
  readonly id: number;
  readonly modelNumber: number;
  /** Initial baud rate. */
  readonly baudRate: number;
  /** Registers of the robot file, to which `stiffness` and `damping` refer. The servo itself starts with factory values. */
  readonly registers: Readonly<Record<string, number>>;
  /** Position limits in its EEPROM; null for factory values (0 to 4095). */
  readonly calibrated: { readonly minimumSteps: number; readonly maximumSteps: number } | null;
  /** Fraction of the stall torque per turn of position error with the gains of `registers`; proportional to the P gain. */
  readonly stiffnessPerTurn: number;
  /** Fraction of the stall torque per turn per second with the gains of `registers`; proportional to the D gain. */
  readonly dampingPerTurnPerS: number;
  /** Position of its horn at power-on. */
  readonly shaft: ShaftState;
}

export interface VirtualServoBusOptions {
  /** In joint order. */
  readonly servos: readonly VirtualServoSpec[];
  /** Time of power-on. */
  readonly nowNs: number;
}

/** Type of `createFeetechServoBus` and `createDynamixelServoBus`. */
export type CreateVirtualServoBus = (options: VirtualServoBusOptions) => VirtualServoBus;

/**
 * The electronics of the servos of one bus: control table, EEPROM, alarms, position loop. It has no clock and no transport.
 * Protocols differ in packets, so the servos of one bus are one object.
 */
export interface VirtualServoBus {
  readonly protocol: 'feetech' | 'dynamixel';
  /** In joint order; changes when a master writes an id. */
  readonly ids: readonly number[];
  /** Present baud rate of all servos, null when they differ. A request at another rate is not received. */
  readonly baudRate: number | null;
  /**
   * Processes received bytes, complete packets or parts; returns the replies in order of sending. Never throws.
   * Servos with another rate than the `baudRate` of the sender receive nothing.
   */
  receive(bytes: Uint8Array, nowNs: number, baudRate: number): readonly VirtualReply[];
  /** One step of the servos' control loop (timeouts, ramps, position loop, alarms); `shafts` in joint order. */
  step(shafts: readonly ShaftState[], nowNs: number): readonly ShaftDrive[];
  /** The same reply with another ID and a valid checksum, for the fault `wrong-id`. */
  withReplyId(reply: VirtualReply, id: number): VirtualReply;
  /** Injected faults, by index in joint order. Brown-out: a supply dropout; RAM registers at their defaults, torque off. */
  brownOut(index: number, nowNs: number): void;
  /** Latches the overload alarm, as after the protection has tripped. */
  overload(index: number): void;
  /** Without enough voltage for its electronics a servo is off; it restarts when the voltage returns. */
  setSupplyVolts(volts: number): void;
  /** The temperature of one servo, °C; null: what its physics gives. */
  setTemperature(index: number, celsius: number | null): void;
  /** The load that one servo measures, fraction of its maximum; null: what its physics gives. */
  setLoad(index: number, fraction: number | null): void;
  /** A dead servo neither replies nor moves. */
  setUnresponsive(index: number, dead: boolean): void;
}

/** State of a joint, in the unit and direction of the robot file. */
export interface JointState {
  readonly positionRadOrM: number;
  readonly velocityRadOrMPerS: number;
  /** Effort of the motor in the last step. */
  readonly effortNmOrN: number;
}

/** The drive of a joint's motor until the next physics step. */
export type JointDrive =
  | { readonly kind: 'torque-off' }
  /** `holds`: the effort comes from a board that holds the position of a stop. */
  | { readonly kind: 'effort'; readonly effortNmOrN: number; readonly holds?: true }
  /** Short-circuited windings. */
  | { readonly kind: 'damp' };

/** A board that drives every joint of a robot, on a full-duplex connection. */
export interface VirtualBoard {
  readonly protocol: 'bridge';
  /** Processes received bytes, complete frames or parts. Never throws. */
  receive(bytes: Uint8Array, nowNs: number): void;
  /** The next frame to send, or null. Called after `receive` and `step` and at the end of a transmission, when the wire is free. */
  transmit(nowNs: number): Uint8Array | null;
  /** One step of the board's control loop; joints in joint order. */
  step(joints: readonly JointState[], nowNs: number): readonly JointDrive[];
  /** A supply dropout of the board: a new session, motors off. */
  brownOut(nowNs: number): void;
  /** The driver of one motor trips. */
  overload(index: number): void;
  setSupplyVolts(volts: number): void;
  setEmergencyStop(pressed: boolean): void;
  /** Of every motor, °C. */
  setTemperature(celsius: number): void;
  /** Ends its child process. */
  close(): void;
}
