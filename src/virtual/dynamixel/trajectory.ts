/** Max speed and acceleration of a profile, steps per second (squared); 0 = no limit. */
export interface ProfileLimits {
  readonly velocity: number;
  readonly acceleration: number;
}

/** The setpoint on the way to the goal: a trapezoidal speed profile, a ramp without acceleration limit, a step without limits. */
export class Trajectory {
  position = 0;
  velocity = 0;
  acceleration = 0;

  /** Restarts at rest at `position`. */
  rest(position: number): void {
    this.position = position;
    this.velocity = 0;
    this.acceleration = 0;
  }

  /** Advances toward a position by dtS; true until it is reached. */
  toward(goal: number, limits: ProfileLimits, dtS: number): boolean {
    if (limits.velocity === 0 && limits.acceleration === 0) {
      this.rest(goal);
      return false;
    }
    const distance = goal - this.position;
    if (dtS <= 0) return distance !== 0;
    const fastest = limits.velocity === 0 ? Infinity : limits.velocity;
    // Max speed from which it can stop at the goal.
    const stoppable = limits.acceleration === 0 ? Infinity : Math.sqrt(2 * limits.acceleration * Math.abs(distance));
    const wanted = Math.sign(distance) * Math.min(fastest, stoppable, Math.abs(distance) / dtS);
    const before = this.velocity;
    this.ramp(wanted, limits.acceleration, dtS);
    const traveled = ((before + this.velocity) / 2) * dtS;
    if (Math.abs(traveled) >= Math.abs(distance) && Math.sign(traveled) === Math.sign(distance)) {
      this.rest(goal);
      return false;
    }
    this.position += traveled;
    return Math.abs(goal - this.position) > 0.5 || this.velocity !== 0;
  }

  /** Approaches a velocity with the acceleration; at once when that is 0. */
  ramp(velocity: number, acceleration: number, dtS: number): void {
    const before = this.velocity;
    const change = acceleration === 0 ? Infinity : acceleration * dtS;
    this.velocity += Math.max(-change, Math.min(change, velocity - before));
    this.acceleration = dtS > 0 ? (this.velocity - before) / dtS : 0;
  }
}
