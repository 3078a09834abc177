import { FEETECH_BAUD_RATES, STS3215_STEPS_PER_TURN, type Sts3215RegisterName } from '../../wire/feetech/index.ts';
import type { ShaftDrive, ShaftState, VirtualServoSpec } from '../port.ts';
import { ALARM, ServoHealth } from './health.ts';
import { ServoMemory } from './memory.ts';
import { type ShaftMeasurement, ServoMotor } from './motor.ts';

/** Time without replies after a reboot or a brown-out. */
const START_NS = 800e6;
const MIDDLE = 2048;
const FULL_ANGLE_BIT = 16;
const MAX_OFFSET = 2047;
/** Below this speed the servo reports that it does not move. */
const MOVING_STEPS_PER_S = 20;

export interface FeetechServoBehavior {
  /** Goal Position written while torque is off switches it on, as users report of real firmware. */
  readonly goalSwitchesTorqueOn: boolean;
}

/** One STS3215 and the effects of its registers. */
export class FeetechServo {
  /** Neither replies nor moves. */
  dead = false;
  readonly health: ServoHealth;
  private readonly memory: ServoMemory;
  private readonly motor: ServoMotor;
  private readonly behavior: FeetechServoBehavior;
  private pending: { readonly address: number; readonly data: Uint8Array } | null = null;
  private shaft: ShaftState;
  /** Complete turns before power-on or the last reset, which are not counted. */
  private turnsBefore = 0;
  /** End of its start-up; it receives nothing before. */
  private startsNs = -Infinity;
  private steppedNs: number;
  private powered = true;

  constructor(spec: VirtualServoSpec, nowNs: number, behavior: FeetechServoBehavior) {
    this.behavior = behavior;
    this.memory = new ServoMemory(spec.modelNumber, spec.id);
    this.memory.save(
      'baudRate',
      Math.max(
        0,
        FEETECH_BAUD_RATES.findIndex((rate) => rate === spec.baudRate),
      ),
    );
    if (spec.calibrated !== null) {
      this.memory.save('minimumPosition', spec.calibrated.minimumSteps);
      this.memory.save('maximumPosition', spec.calibrated.maximumSteps);
    }
    this.health = new ServoHealth(this.memory);
    this.motor = new ServoMotor(this.memory, spec);
    this.shaft = spec.shaft;
    this.steppedNs = nowNs;
    this.powerOn();
  }

  get id(): number {
    return this.memory.get('id');
  }

  get baudRate(): number {
    return FEETECH_BAUD_RATES[this.memory.get('baudRate')] ?? FEETECH_BAUD_RATES[0];
  }

  /** Active alarms: the error byte of every status packet. */
  get status(): number {
    return this.memory.get('status');
  }

  get returnDelayNs(): number {
    return this.memory.get('returnDelay') * 2000;
  }

  /** Whether it replies to instructions other than ping and read. */
  get answersWrites(): boolean {
    return this.memory.get('responseLevel') !== 0;
  }

  acceptsBaudRate(nowNs: number, baudRate: number): boolean {
    return !this.dead && this.powered && nowNs >= this.startsNs && Math.abs(baudRate / this.baudRate - 1) < 0.03;
  }

  read(address: number, length: number): Uint8Array {
    return this.memory.read(address, length);
  }

  write(address: number, data: Uint8Array): void {
    const wasOff = this.memory.get('torqueEnable') === 0;
    const taken = this.memory.write(address, data);
    if (taken.includes('torqueEnable')) this.torqueWritten();
    if (taken.includes('operatingMode')) this.motor.stop();
    if (taken.includes('homingOffset') || taken.includes('phase')) this.motor.stop();
    this.measureShaft();
    if (!taken.includes('goalPosition')) return;
    if (this.memory.get('operatingMode') === 3) this.motor.advanceBy(this.memory.get('goalPosition'), this.measured());
    if (wasOff && !taken.includes('torqueEnable') && this.behavior.goalSwitchesTorqueOn)
      this.memory.put('torqueEnable', 1);
  }

  regWrite(address: number, data: Uint8Array): void {
    this.pending = { address, data };
    this.memory.put('regWritePending', 1);
  }

  action(): void {
    const { pending } = this;
    this.pending = null;
    this.memory.put('regWritePending', 0);
    if (pending !== null) this.write(pending.address, pending.data);
  }

  restoreEeprom(): void {
    this.memory.restoreFactory();
    this.motor.stop();
  }

  /** 0x0A: resets the turn counter. */
  resetTurns(): void {
    this.turnsBefore = Math.floor(this.shaft.turns);
    this.motor.stop();
  }

  /** 0x0B, and 128 in register 40: the present position becomes `position`, stored like every EEPROM value. */
  calibrate(position: number): void {
    const apart = this.actualSteps - position;
    const turns = Math.round(apart / STS3215_STEPS_PER_TURN);
    const offset = apart - turns * STS3215_STEPS_PER_TURN;
    const name: Sts3215RegisterName = 'homingOffset';
    const value = Math.max(-MAX_OFFSET, Math.min(MAX_OFFSET, Math.round(offset)));
    if (this.memory.get('lock') === 0) this.memory.save(name, value);
    else this.memory.put(name, value);
    this.motor.stop();
    this.measureShaft();
  }

  reboot(nowNs: number): void {
    this.startsNs = nowNs + START_NS;
    this.memory.powerOn();
    this.powerOn();
  }

  overload(): void {
    this.health.latchAlarm(ALARM.overload);
  }

  step(shaft: ShaftState, nowNs: number): ShaftDrive {
    this.shaft = shaft;
    const elapsedS = Math.max(0, (nowNs - this.steppedNs) / 1e9);
    this.steppedNs = nowNs;
    if (this.health.isPowered && !this.powered) this.reboot(nowNs);
    this.powered = this.health.isPowered;
    if (this.dead || !this.powered || nowNs < this.startsNs) {
      this.measureShaft();
      return { kind: 'torque-off' };
    }
    const { drive, load } = this.motor.step(this.measured(), elapsedS, this.health.allowed);
    this.health.step(load, elapsedS);
    this.measureShaft();
    return drive;
  }

  private powerOn(): void {
    this.pending = null;
    this.turnsBefore = Math.floor(this.shaft.turns);
    this.memory.powerOn();
    this.health.clear();
    this.health.step(0, 0);
    this.motor.stop();
    this.measureShaft();
    this.memory.put('goalPosition', this.memory.get('presentPosition'));
  }

  private torqueWritten(): void {
    const value = this.memory.get('torqueEnable');
    if (value === 0) this.health.clear();
    if (value !== 128) return;
    this.memory.put('torqueEnable', 0);
    this.health.clear();
    this.calibrate(MIDDLE);
  }

  /** Encoder steps, fractional, turns since power-on included. */
  private get actualSteps(): number {
    return (this.shaft.turns - this.turnsBefore) * STS3215_STEPS_PER_TURN;
  }

  private get countsTurns(): boolean {
    const { memory } = this;
    const unlimited = memory.get('minimumPosition') === 0 && memory.get('maximumPosition') === 0;
    return unlimited || memory.get('operatingMode') === 3 || (memory.get('phase') & FULL_ANGLE_BIT) !== 0;
  }

  private measured(): ShaftMeasurement {
    const steps = this.actualSteps - this.memory.get('homingOffset');
    return {
      // Half a step below 0 reads 0, not 4095.5.
      steps: this.countsTurns ? steps : wrapped(steps),
      stepsPerS: this.shaft.turnsPerS * STS3215_STEPS_PER_TURN,
    };
  }

  private measureShaft(): void {
    const { memory } = this;
    const { steps, stepsPerS } = this.measured();
    memory.put('presentPosition', this.countsTurns ? steps : Math.round(steps) % STS3215_STEPS_PER_TURN);
    memory.put('presentVelocity', stepsPerS);
    memory.put('moving', this.motor.ramping || Math.abs(stepsPerS) > MOVING_STEPS_PER_S ? 1 : 0);
  }
}

function wrapped(steps: number): number {
  return ((steps % STS3215_STEPS_PER_TURN) + STS3215_STEPS_PER_TURN) % STS3215_STEPS_PER_TURN;
}
