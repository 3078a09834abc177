import {
  DYNAMIXEL_BAUD_RATES,
  DYNAMIXEL_WATCHDOG_EXPIRED,
  type DynamixelResetScope,
} from '../../wire/dynamixel/index.ts';
import type { ShaftDrive, ShaftState, VirtualServoSpec } from '../port.ts';
import { ControlTable } from './control-table.ts';
import type { RegisterWrite } from './control-table.ts';
import { ACCESS_ERROR, INSTRUCTION_ERROR, OK, RESULT_FAIL } from './errors.ts';
import { Health, HARDWARE_ERROR } from './health.ts';
import { xSeriesModel } from './model.ts';
import type { TableRegisterName, XSeriesModel } from './model.ts';
import { MotorControl } from './motor-control.ts';
import type { MotorOutput } from './motor-control.ts';
import { PositionCounter } from './position-counter.ts';
import { publishMeasurements } from './publish-measurements.ts';
import { GOALS, refusal } from './refusal.ts';

const TORQUE_ON_BY_GOAL = 0b1000;
const WATCHDOG_NS_PER_STEP = 20e6;
const GAINS: readonly TableRegisterName[] = [
  'velocityGainI',
  'velocityGainP',
  'positionGainD',
  'positionGainI',
  'positionGainP',
  'feedforwardGain2',
  'feedforwardGain1',
];
const TORQUE_OFF: ShaftDrive = { kind: 'torque-off' };
const DAMP: ShaftDrive = { kind: 'damp' };
const IDLE: MotorOutput = { fraction: 0, current: 0, pwm: 0 };
/** Time without replies after a power-up. */
const BOOT_NS = 100e6;

/**
 * One X-series servo: its control table, the side effects of writes, its watchdog, alarms and control loops. Methods that execute an
 * instruction return the error number of the status packet.
 */
export class XSeriesServo {
  readonly model: XSeriesModel;
  readonly table: ControlTable;
  dead = false;
  readonly health: Health;
  private readonly control: MotorControl;
  private pending: { readonly address: number; readonly data: Uint8Array } | null = null;
  private backup: Uint8Array | null = null;
  private bootedNs = -Infinity;
  private lastRequestNs: number;
  private steppedNs: number | null = null;
  private readonly counter: PositionCounter;
  private output = IDLE;
  private powered = true;

  constructor(spec: VirtualServoSpec, nowNs: number) {
    const { id, modelNumber, baudRate, registers, calibrated } = spec;
    this.model = xSeriesModel(modelNumber);
    this.table = new ControlTable(this.model);
    this.counter = new PositionCounter(this.table, spec.shaft);
    const gain = (name: TableRegisterName): number => registers[name] ?? this.table.factoryValue(name);
    const strength = { positionGainP: gain('positionGainP'), positionGainD: gain('positionGainD') };
    this.control = new MotorControl(this.table, this.model, { ...spec, ...strength });
    this.health = new Health(this.table, this.model);
    this.table.set('id', id);
    const rate = (DYNAMIXEL_BAUD_RATES as readonly number[]).indexOf(baudRate);
    if (rate >= 0) this.table.set('baudRate', rate);
    if (calibrated !== null) {
      this.table.set('minimumPosition', calibrated.minimumSteps);
      this.table.set('maximumPosition', calibrated.maximumSteps);
    }
    this.lastRequestNs = nowNs;
    this.powerOn();
  }

  get id(): number {
    return this.table.get('id');
  }

  get baudRate(): number | undefined {
    return DYNAMIXEL_BAUD_RATES[this.table.get('baudRate')];
  }

  /** Whether it receives: not dead, past its start-up, at this rate. */
  acceptsBaudRate(nowNs: number, baudRate: number): boolean {
    return !this.dead && this.powered && nowNs >= this.bootedNs && this.baudRate === baudRate;
  }

  get alert(): boolean {
    return this.table.get('hardwareErrorStatus') !== 0;
  }

  get returnDelayNs(): number {
    return this.table.get('returnDelay') * 2000;
  }

  get statusReturnLevel(): number {
    return this.table.get('statusReturnLevel');
  }

  /** An instruction packet was sent on the bus; an expired watchdog takes effect first. */
  onInstruction(nowNs: number): void {
    this.checkWatchdog(nowNs);
    this.lastRequestNs = nowNs;
  }

  read(address: number, length: number, nowNs: number): Uint8Array | number {
    this.publish(nowNs);
    return this.table.read(address, length);
  }

  write(address: number, data: Uint8Array): number {
    const plan = this.table.plan(address, data, this.torqueOn);
    if (typeof plan === 'number') return plan;
    for (const write of plan) {
      const error = refusal(write, this.table, this.health.shutDown);
      if (error !== OK) return error;
    }
    for (const write of plan) this.apply(write);
    return OK;
  }

  register(address: number, data: Uint8Array): number {
    const plan = this.table.plan(address, data, this.torqueOn);
    if (typeof plan === 'number') return plan;
    this.pending = { address, data };
    this.table.set('registeredInstruction', 1);
    return OK;
  }

  action(): number {
    if (this.pending === null) return INSTRUCTION_ERROR;
    const { address, data } = this.pending;
    this.forgetPending();
    return this.write(address, data);
  }

  /** Clears the multi-turn count. */
  clear(): number {
    if (this.counter.moving) return RESULT_FAIL;
    this.countWithinOneTurn();
    return OK;
  }

  store(): number {
    if (this.torqueOn) return ACCESS_ERROR;
    this.backup = this.table.save();
    return OK;
  }

  restore(): number {
    if (this.torqueOn) return ACCESS_ERROR;
    if (this.backup === null) return RESULT_FAIL;
    this.table.restore(this.backup, 'eeprom');
    return OK;
  }

  factoryReset(scope: DynamixelResetScope, nowNs: number): void {
    const keep: TableRegisterName[] = scope === 'all' ? [] : scope === 'keep-id' ? ['id'] : ['id', 'baudRate'];
    this.table.restoreFactory('eeprom', keep);
    this.reboot(nowNs);
  }

  /** RAM at its defaults, torque off, latched faults cleared. */
  reboot(nowNs: number): void {
    this.bootedNs = nowNs + BOOT_NS;
    this.powerOn();
  }

  overload(): void {
    this.shutDown(HARDWARE_ERROR.overload);
  }

  step(shaft: ShaftState, nowNs: number): ShaftDrive {
    const dtS = this.steppedNs === null ? 0 : Math.max(0, Math.min(0.05, (nowNs - this.steppedNs) / 1e9));
    this.steppedNs = nowNs;
    this.counter.update(shaft);
    this.checkWatchdog(nowNs);
    this.shutDown(this.health.step(this.output, this.counter.velocity, dtS));
    if (this.health.isPowered && !this.powered) this.reboot(nowNs);
    this.powered = this.health.isPowered;
    if (this.dead || !this.powered || nowNs < this.bootedNs || !this.torqueOn) {
      this.output = IDLE;
      return TORQUE_OFF;
    }
    this.output = this.control.step(this.counter.position, this.counter.velocity, this.health.supplyVolts, dtS);
    // At zero voltage the H-bridge shorts the windings.
    if (this.table.get('goalPwm') === 0 && this.table.get('operatingMode') !== 0) return DAMP;
    return { kind: 'torque', fraction: this.output.fraction * this.counter.direction };
  }

  private get torqueOn(): boolean {
    return this.table.get('torqueEnable') === 1;
  }

  private powerOn(): void {
    this.table.restoreFactory('ram');
    this.table.set('hardwareErrorStatus', 0);
    this.forgetPending();
    this.health.reset();
    this.resetGoals();
    const startup = this.table.get('startupConfiguration');
    if ((startup & 0b10) !== 0 && this.backup !== null)
      this.table.restore(this.backup, 'ram', [...GOALS, 'torqueEnable', 'busWatchdog']);
    this.countWithinOneTurn();
    if ((startup & 0b01) !== 0) this.setTorque(true);
  }

  private forgetPending(): void {
    this.pending = null;
    this.table.set('registeredInstruction', 0);
  }

  private resetGoals(): void {
    this.table.set('goalPwm', this.table.get('pwmLimit'));
    this.table.set('goalCurrent', this.table.get('currentLimit'));
    this.table.set('goalVelocity', 0);
  }

  private countWithinOneTurn(): void {
    this.counter.countWithinOneTurn();
    this.setGoalToPresent();
  }

  /** Goal := present position. */
  private setGoalToPresent(): void {
    this.control.rest(this.counter.position);
    this.table.publish('goalPosition', this.counter.position);
    this.table.set('goalVelocity', 0);
  }

  private apply({ name, value }: RegisterWrite): void {
    const before = this.table.get(name);
    if (name === 'torqueEnable') {
      if (value !== before) this.setTorque(value === 1);
      return;
    }
    if (GOALS.includes(name) && (this.table.get('driveMode') & TORQUE_ON_BY_GOAL) !== 0 && !this.torqueOn) {
      if (!this.health.shutDown) this.setTorque(true);
    }
    this.table.set(name, value);
    if (name === 'operatingMode' && value !== before) this.changeMode();
    if (name === 'driveMode' && value !== before) this.countWithinOneTurn();
    if (name === 'pwmLimit' || name === 'currentLimit') this.resetGoals();
  }

  private changeMode(): void {
    for (const name of GAINS) this.table.set(name, this.table.factoryValue(name));
    this.table.set('profileVelocity', 0);
    this.table.set('profileAcceleration', 0);
    this.resetGoals();
    if (this.table.get('operatingMode') === 3) this.countWithinOneTurn();
    else this.setGoalToPresent();
  }

  private setTorque(on: boolean): void {
    this.table.set('torqueEnable', on ? 1 : 0);
    if (on && this.table.get('operatingMode') === 3) this.countWithinOneTurn();
    else this.setGoalToPresent();
  }

  private shutDown(bits: number): void {
    if (bits === 0) return;
    this.health.raise(bits);
    if (this.health.shutDown && this.torqueOn) this.setTorque(false);
  }

  /** Active only under torque; an expired watchdog stays expired until 0 is written to register 98. */
  private checkWatchdog(nowNs: number): void {
    const periods = this.table.get('busWatchdog');
    if (periods <= 0 || !this.torqueOn || nowNs - this.lastRequestNs <= periods * WATCHDOG_NS_PER_STEP) return;
    this.table.set('busWatchdog', DYNAMIXEL_WATCHDOG_EXPIRED);
    this.setGoalToPresent();
    const mode = this.table.get('operatingMode');
    if (mode === 16) this.table.set('goalPwm', 0);
    if (mode === 0) this.table.set('goalCurrent', 0);
  }

  /** Updates the registers of measured values. */
  private publish(nowNs: number): void {
    publishMeasurements(this.table, {
      nowNs,
      position: this.counter.position,
      velocity: this.counter.velocity,
      moving: this.counter.moving,
      output: { ...this.output, current: this.health.injectedLoad ?? this.output.current },
      control: this.control,
      supplyVolts: this.health.supplyVolts,
      temperatureC: this.health.temperatureC,
      stallMilliamps: this.model.stallMilliamps,
      hasBackup: this.backup !== null,
    });
  }
}
