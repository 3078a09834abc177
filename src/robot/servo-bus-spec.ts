/** The servos of a robot with one half-duplex bus: one servo per joint, in joint order. */
export interface ServoBusSpec {
  readonly protocol: 'feetech' | 'dynamixel';
  readonly baudRate: number;
  readonly servos: readonly ServoSpec[];
}

export interface ServoSpec {
  /** On the bus, 0 to 252. */
  readonly id: number;
  /** What the servo's model register must read. */
  readonly modelNumber: number;
  /** +1 when growing steps are growing joint positions. */
  readonly direction: 1 | -1;
  /** Joint travel per turn of the servo's horn: 2 pi for a joint driven directly; different for a gripper with a lever. */
  readonly travelPerTurnRadOrM: number;
  /** Registers that are configured by difference at open and read back, by their name in the control table: gains, limits, delays. */
  readonly registers: Readonly<Record<string, number>>;
}
