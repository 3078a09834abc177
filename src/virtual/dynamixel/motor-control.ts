import { DYNAMIXEL_RPM_PER_STEP, DYNAMIXEL_STEPS_PER_TURN } from '../../wire/dynamixel/index.ts';
import type { ControlTable } from './control-table.ts';
import type { XSeriesModel } from './model.ts';
import { Trajectory } from './trajectory.ts';
import type { ProfileLimits } from './trajectory.ts';

/** Steps a second in one step of a velocity register. */
export const STEPS_PER_S = (DYNAMIXEL_RPM_PER_STEP / 60) * DYNAMIXEL_STEPS_PER_TURN;
/** Steps a second squared in one step of register 108: 214.577 turns a minute squared. */
const STEPS_PER_S2 = (214.577 / 3600) * DYNAMIXEL_STEPS_PER_TURN;
export const FULL_PWM = 885;
const TURN = DYNAMIXEL_STEPS_PER_TURN;
const TIME_BASED = 0b100;

/** Output of the motor: fraction of its stall torque from the voltage, fraction of the stall current, PWM. */
export interface MotorOutput {
  readonly fraction: number;
  readonly current: number;
  readonly pwm: number;
}

/** Strength of the position loop at the gains for which it was measured. 0: gains scaled as in the e-manual. */
export interface LoopStrength {
  readonly positionGainP: number;
  readonly positionGainD: number;
  /** Fraction of the stall torque per turn of error, and per turn per second. */
  readonly stiffnessPerTurn: number;
  readonly dampingPerTurnPerS: number;
}

/**
 * The control loops of an X-series servo, in steps of the position registers. Back-EMF is not modeled here but as joint friction: the
 * mechanics keep a free shaft under full PWM at its no-load speed.
 */
export class MotorControl {
  readonly trajectory = new Trajectory();
  /** Whether a profile is active. */
  underway = false;
  private readonly table: ControlTable;
  private readonly model: XSeriesModel;
  /** Fraction of the stall torque per step of error and unit of register 84, and per step per second and unit of register 80. */
  private readonly stiffness: number;
  private readonly damping: number;
  /** Damping that does not depend on a register. */
  private readonly ownDamping: number;
  private integral = 0;
  private goal = 0;
  private start = 0;

  constructor(table: ControlTable, model: XSeriesModel, strength: LoopStrength) {
    this.table = table;
    this.model = model;
    const { positionGainP, positionGainD, stiffnessPerTurn, dampingPerTurnPerS } = strength;
    const stiff = positionGainP > 0 && stiffnessPerTurn > 0;
    this.stiffness = stiff ? stiffnessPerTurn / TURN / positionGainP : 1 / 128 / FULL_PWM;
    const damped = positionGainD > 0 && dampingPerTurnPerS > 0;
    this.damping = damped ? dampingPerTurnPerS / TURN / positionGainD : 1 / 16 / 1000 / FULL_PWM;
    this.ownDamping = damped ? 0 : dampingPerTurnPerS / TURN;
  }

  /** Restarts at this position with zero speed and zero integral. */
  rest(position: number): void {
    this.trajectory.rest(position);
    this.integral = 0;
    this.goal = this.start = position;
    this.underway = false;
  }

  /** One step of the loop of the operating mode; torque is on. */
  step(position: number, velocity: number, supplyVolts: number, dtS: number): MotorOutput {
    const { table, model } = this;
    const mode = table.get('operatingMode');
    const supply = supplyVolts / model.ratedVolts;
    // Back-EMF: only the remaining voltage drives a current.
    const generated = velocity / STEPS_PER_S / (model.noLoadRpm / DYNAMIXEL_RPM_PER_STEP);
    const most = mode === 0 ? 1 : Math.abs(table.get('goalPwm')) / FULL_PWM;
    const wanted =
      mode === 0
        ? table.get('goalCurrent') / model.stallMilliamps + generated
        : this.duty(mode, position, velocity, dtS);
    let duty = clamp(wanted, most);
    if (mode === 5) {
      const current = Math.abs(table.get('goalCurrent')) / model.stallMilliamps;
      duty = Math.max(generated - current, Math.min(generated + current, duty));
    }
    const fraction = clamp(duty * supply, 1);
    return { fraction, current: clamp(fraction - generated, 1), pwm: clamp(duty, 1) * FULL_PWM };
  }

  private duty(mode: number, position: number, velocity: number, dtS: number): number {
    switch (mode) {
      case 16:
        return this.table.get('goalPwm') / FULL_PWM;
      case 1:
        return this.velocityLoop(velocity, dtS);
      default:
        return this.positionLoop(position, velocity, dtS);
    }
  }

  /** Gains as the e-manual scales them, in units of PWM: P/128, I/65536, D/16, feedforward/4, a loop of 1 ms. */
  private positionLoop(position: number, velocity: number, dtS: number): number {
    const { table, trajectory } = this;
    const goal = table.get('goalPosition');
    if (goal !== this.goal) {
      this.goal = goal;
      this.start = trajectory.position;
    }
    this.underway = trajectory.toward(goal, this.profile(), dtS);
    const error = trajectory.position - position;
    const gainI = table.get('positionGainI') / 65_536 / FULL_PWM;
    this.integral = gainI === 0 ? 0 : clamp(this.integral + gainI * error * dtS * 1000, 1);
    const forward =
      (table.get('feedforwardGain1') * trajectory.velocity) / 1000 +
      (table.get('feedforwardGain2') * trajectory.acceleration) / 1e6;
    return (
      this.stiffness * table.get('positionGainP') * error +
      this.integral +
      (this.damping * table.get('positionGainD') + this.ownDamping) * (trajectory.velocity - velocity) +
      forward / 4 / FULL_PWM
    );
  }

  private velocityLoop(velocity: number, dtS: number): number {
    const { table, trajectory } = this;
    const goal = table.get('goalVelocity') * STEPS_PER_S;
    trajectory.ramp(goal, table.get('profileAcceleration') * STEPS_PER_S2, dtS);
    this.underway = trajectory.velocity !== goal;
    const error = (trajectory.velocity - velocity) / STEPS_PER_S / FULL_PWM;
    this.integral = clamp(this.integral + (table.get('velocityGainI') / 65_536) * error * dtS * 1000, 1);
    return (table.get('velocityGainP') / 128) * error + this.integral;
  }

  /** Registers 108 and 112: speeds, or with drive mode bit 2 milliseconds from start to goal. */
  private profile(): ProfileLimits {
    const { table } = this;
    const velocity = table.get('profileVelocity');
    const acceleration = table.get('profileAcceleration');
    if ((table.get('driveMode') & TIME_BASED) === 0)
      return { velocity: velocity * STEPS_PER_S, acceleration: acceleration * STEPS_PER_S2 };
    if (velocity === 0) return { velocity: 0, acceleration: 0 };
    const rampS = Math.min(acceleration, velocity / 2) / 1000;
    const fastest = Math.abs(this.goal - this.start) / (velocity / 1000 - rampS);
    return { velocity: fastest, acceleration: rampS === 0 ? 0 : fastest / rampS };
  }
}

function clamp(value: number, most: number): number {
  return Math.max(-most, Math.min(most, value));
}
