import type { JointSpec } from '../../robot/robot-spec.ts';

/** The setpoint of a jogged joint: a position, or an effort for an effort-controlled joint. Units of the joint. */
export interface JogSetpoint {
  readonly kind: 'position' | 'effort';
  readonly value: number;
}

interface JogInput {
  /** Measured. */
  readonly position: number;
  /** The newest target that was sent; null: none yet. */
  readonly sent: number | null;
  readonly periodS: number;
}

/** Turns setpoints into targets of the joint's command mode; null: no setpoint, do not move. */
export interface JogController {
  target(setpoint: JogSetpoint | null, input: JogInput): number;
  /** Why the target cannot get closer to the setpoint; null: it can. */
  readonly saturation: 'limit' | 'correction' | null;
  /** Whether the way to the newest setpoint is over, so that the joint may still settle. */
  readonly hasArrived: boolean;
}

export interface JogControllerOptions {
  /** The target before the first setpoint, in the unit of the command mode. */
  readonly start: number;
  /** Maximum speed, rad/s or m/s. */
  readonly speed: number;
  /** A joint this close to its setpoint is not corrected any more, rad or m. */
  readonly tolerance: number;
}

/** Proportional gain, 1/s: a velocity joint stops at the setpoint instead of passing it. */
const VELOCITY_GAIN_PER_S = 4;
/** Integral gain of the correction of a position joint, 1/s: about ten times slower than a position servo. */
const CORRECTION_GAIN_PER_S = 3;
/** The target goes this far beyond the setpoint at most; a joint under more load is not moved further. */
export const MAX_CORRECTION_RAD_OR_M = 0.12;

/** Moves a joint to its setpoints at no more than the given speed. */
export function createJogController(joint: JointSpec, options: JogControllerOptions): JogController {
  switch (joint.commandMode) {
    case 'position':
      return new PositionJog(joint, options);
    case 'velocity':
      return {
        saturation: null,
        hasArrived: true,
        target: (setpoint, { position }) => {
          const wanted = setpoint === null ? 0 : (setpoint.value - position) * VELOCITY_GAIN_PER_S;
          return Math.max(-options.speed, Math.min(options.speed, wanted));
        },
      };
    case 'effort':
      return {
        saturation: null,
        hasArrived: true,
        target: (setpoint) => (setpoint?.kind === 'effort' ? setpoint.value : 0),
      };
  }
}

/**
 * The target approaches the setpoint step by step. There it is corrected by the integral of what the joint is off, because a position
 * servo stays off its target under friction and load; only while the guard lets the target through, and by MAX_CORRECTION_RAD_OR_M at most.
 */
class PositionJog implements JogController {
  saturation: JogController['saturation'] = null;
  hasArrived = false;
  private readonly options: JogControllerOptions;
  private readonly low: number;
  private readonly high: number;
  private ramp: number;
  private correction = 0;

  constructor({ limits }: JointSpec, options: JogControllerOptions) {
    this.options = options;
    this.low = limits.minPositionRadOrM ?? -Infinity;
    this.high = limits.maxPositionRadOrM ?? Infinity;
    this.ramp = options.start;
  }

  target(setpoint: JogSetpoint | null, input: JogInput): number {
    if (setpoint === null) return this.within(this.ramp + this.correction);
    const reach = this.options.speed * input.periodS;
    const rest = setpoint.value - this.ramp;
    this.hasArrived = Math.abs(rest) <= reach;
    this.ramp = this.hasArrived ? setpoint.value : this.ramp + Math.sign(rest) * reach;
    if (this.hasArrived) this.correct(setpoint.value - input.position, input);
    return this.within(this.ramp + this.correction);
  }

  private correct(error: number, { sent, periodS }: JogInput): void {
    const { tolerance } = this.options;
    const wanted = this.ramp + this.correction;
    const isSent = sent !== null && Math.abs(sent - this.within(wanted)) <= tolerance;
    this.saturation = null;
    if (!isSent || Math.abs(error) <= tolerance / 2) return;
    const corrected = this.correction + CORRECTION_GAIN_PER_S * error * periodS;
    this.correction = Math.max(-MAX_CORRECTION_RAD_OR_M, Math.min(MAX_CORRECTION_RAD_OR_M, corrected));
    if (this.correction !== corrected) this.saturation = 'correction';
    const target = this.ramp + this.correction;
    if (target === this.within(target)) return;
    this.saturation = 'limit';
    this.correction = this.within(target) - this.ramp;
  }

  private within(target: number): number {
    return Math.max(this.low, Math.min(this.high, target));
  }
}
