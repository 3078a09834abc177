import { STS3215_STEPS_PER_TURN } from '../../wire/feetech/index.ts';
import type { ShaftDrive, VirtualServoSpec } from '../port.ts';
import type { ServoMemory } from './memory.ts';

/** Steps/s2 of one step of register 41. */
const ACCELERATION_STEP = 100;
/** Of the loop of mode 1, per step/s at the factory gains (P 10, I 200). */
const SPEED_GAIN = 0.001;
const SPEED_INTEGRAL_GAIN = 0.01;
const FACTORY_POSITION_P = 32;
const FACTORY_POSITION_D = 32;
const FACTORY_SPEED_P = 10;
const FACTORY_SPEED_I = 200;
/** Maximum fraction of an integral. */
const INTEGRAL_LIMIT = 1;

const TORQUE_OFF: ShaftDrive = { kind: 'torque-off' };

/** Measured shaft state in the units of registers 56 and 58, fractional. */
export interface ShaftMeasurement {
  readonly steps: number;
  readonly stepsPerS: number;
}

/** The control loops of modes 0 (position), 1 (speed), 2 (PWM) and 3 (steps), with acceleration and speed limits on the setpoint. */
export class ServoMotor {
  private readonly memory: ServoMemory;
  private readonly stiffness: number;
  private readonly damping: number;
  private readonly fullTorque: number;
  /** Present setpoint: steps in modes 0 and 3, steps/s in mode 1. */
  private ramp = 0;
  private rampSpeed = 0;
  private integral = 0;
  /** The goal of mode 3; null without one. */
  private stepTarget: number | null = null;
  private running = false;

  constructor(memory: ServoMemory, spec: VirtualServoSpec) {
    const { registers } = spec;
    this.memory = memory;
    this.stiffness =
      spec.stiffnessPerTurn / STS3215_STEPS_PER_TURN / (registers['positionGainP'] || FACTORY_POSITION_P);
    this.damping =
      spec.dampingPerTurnPerS / STS3215_STEPS_PER_TURN / (registers['positionGainD'] || FACTORY_POSITION_D);
    // The model of the robot is for the configured servo: its full torque is this fraction of the servo's own.
    this.fullTorque = (registers['maximumTorque'] || 1000) / 1000;
  }

  /** At the next switch-on the setpoint starts at rest at the shaft position. */
  stop(): void {
    this.running = false;
    this.stepTarget = null;
  }

  /** Mode 3: a goal was written; it is relative to the previous goal. */
  advanceBy(steps: number, measured: ShaftMeasurement): void {
    this.stepTarget = (this.stepTarget ?? measured.steps) + steps;
  }

  /** `allowed`: maximum output, fraction of the servo's torque. Returns the drive and the load, fraction of full PWM. */
  step(
    measured: ShaftMeasurement,
    elapsedS: number,
    allowed: number,
  ): { readonly drive: ShaftDrive; readonly load: number } {
    const { memory } = this;
    const torque = memory.get('torqueEnable');
    if (torque !== 1) {
      this.stop();
      return { drive: torque === 2 ? { kind: 'damp' } : TORQUE_OFF, load: 0 };
    }
    const mode = memory.get('operatingMode');
    if (!this.running) this.begin(measured, mode);
    const wanted = this.wanted(measured, mode, elapsedS);
    const limit = Math.min(allowed, memory.get('torqueLimit') / 1000) / this.fullTorque;
    const fraction = Math.max(-limit, Math.min(limit, wanted));
    return { drive: { kind: 'torque', fraction }, load: fraction * this.fullTorque };
  }

  /** Whether the setpoint has not reached the goal. */
  get ramping(): boolean {
    return this.running && this.rampSpeed !== 0;
  }

  private begin(measured: ShaftMeasurement, mode: number): void {
    this.running = true;
    this.integral = 0;
    this.rampSpeed = 0;
    this.ramp = mode === 1 ? measured.stepsPerS : measured.steps;
    this.stepTarget ??= measured.steps;
  }

  private wanted(measured: ShaftMeasurement, mode: number, elapsedS: number): number {
    const { memory } = this;
    switch (mode) {
      case 1:
        return this.speedLoop(measured, elapsedS);
      case 2:
        return memory.get('goalTime') / 1000 / this.fullTorque;
      case 3:
        return this.positionLoop(measured, this.stepTarget ?? measured.steps, elapsedS);
      default:
        return this.positionLoop(measured, this.clampedGoal(), elapsedS);
    }
  }

  private clampedGoal(): number {
    const { memory } = this;
    const goal = memory.get('goalPosition');
    const low = memory.get('minimumPosition');
    const high = memory.get('maximumPosition');
    // Both 0: many turns, no limits.
    return low === 0 && high === 0 ? goal : Math.max(low, Math.min(high, goal));
  }

  private positionLoop(measured: ShaftMeasurement, goal: number, elapsedS: number): number {
    const { memory } = this;
    this.rampTo(goal, elapsedS);
    const error = this.ramp - measured.steps;
    const dead = memory.get(error > 0 ? 'counterClockwiseDeadZone' : 'clockwiseDeadZone');
    const beyond = Math.sign(error) * Math.max(0, Math.abs(error) - dead);
    this.integral = bounded(this.integral + this.stiffness * memory.get('positionGainI') * beyond * elapsedS);
    return (
      this.stiffness * memory.get('positionGainP') * beyond +
      this.integral -
      this.damping * memory.get('positionGainD') * measured.stepsPerS
    );
  }

  private speedLoop(measured: ShaftMeasurement, elapsedS: number): number {
    const { memory } = this;
    const goal = memory.get('goalVelocity');
    const most = memory.get('acceleration') * ACCELERATION_STEP * elapsedS;
    this.ramp = most === 0 ? goal : this.ramp + Math.max(-most, Math.min(most, goal - this.ramp));
    const error = this.ramp - measured.stepsPerS;
    const integralGain = (SPEED_INTEGRAL_GAIN * memory.get('velocityGainI')) / FACTORY_SPEED_I;
    this.integral = bounded(this.integral + integralGain * error * elapsedS);
    return ((SPEED_GAIN * memory.get('velocityGainP')) / FACTORY_SPEED_P) * error + this.integral;
  }

  /** Moves the setpoint to rest at `goal` within speed (46) and acceleration (41); 0 is no limit. */
  private rampTo(goal: number, elapsedS: number): void {
    const { memory } = this;
    const acceleration = memory.get('acceleration') * ACCELERATION_STEP;
    const speed = Math.abs(memory.get('goalVelocity'));
    const distance = goal - this.ramp;
    if (acceleration === 0 && speed === 0) {
      this.ramp = goal;
      this.rampSpeed = 0;
      return;
    }
    let aim = speed === 0 ? Infinity : speed;
    if (acceleration > 0) aim = Math.min(aim, stoppingSpeed(Math.abs(distance), acceleration, elapsedS));
    aim *= Math.sign(distance);
    const change = acceleration === 0 ? Infinity : acceleration * elapsedS;
    this.rampSpeed += Math.max(-change, Math.min(change, aim - this.rampSpeed));
    const move = this.rampSpeed * elapsedS;
    const arrives = Math.abs(distance) <= Math.abs(move) && Math.sign(move) === Math.sign(distance);
    const slow = Math.abs(this.rampSpeed) <= 2 * change;
    if (distance === 0 || (arrives && slow)) {
      this.ramp = goal;
      this.rampSpeed = 0;
    } else this.ramp += move;
  }
}

/** Fastest speed from which `acceleration` stops within `distance`, when speed changes once every `elapsedS`. */
function stoppingSpeed(distance: number, acceleration: number, elapsedS: number): number {
  const half = (acceleration * elapsedS) / 2;
  return Math.sqrt(half * half + 2 * acceleration * distance) - half;
}

function bounded(integral: number): number {
  return Math.max(-INTEGRAL_LIMIT, Math.min(INTEGRAL_LIMIT, integral));
}
