/** Temperature limits of a motor, degrees Celsius, ascending. */
export interface TemperatureLimits {
  /** From here on a warning. */
  readonly warnC: number;
  /** From here on velocity and acceleration limits shrink, down to a tenth at stopC. */
  readonly derateC: number;
  /** From here on a fault. */
  readonly stopC: number;
}

/** Supply voltage limits of a motor; a voltage counts once it has been outside for `forS` seconds. */
export interface SupplyLimits {
  readonly warnMinV: number;
  readonly stopMinV: number;
  readonly stopMaxV: number;
  readonly forS: number;
}

/** Load limits of a motor, fractions of its maximum, without sign; a load counts once it has lasted `stopS` seconds. */
export interface LoadLimits {
  readonly warn: number;
  readonly stop: number;
  readonly stopS: number;
}

/** The `health` section of a robot file, for all joints; an absent part has the default of the joint's servo model. */
export interface HealthSpec {
  readonly temperature?: TemperatureLimits;
  readonly supply?: SupplyLimits;
  readonly load?: LoadLimits;
  /**
   * Servo buses: a servo that has shut down because of an overload is cleared and armed again, at most three times in five minutes, while
   * the other joints hold. Absent: false, an overload stops the robot.
   */
  readonly overloadRecovery?: boolean;
}
