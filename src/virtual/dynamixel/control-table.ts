import { readRegister, registerRange, UNSIGNED, writeRegister } from '../../wire/registers.ts';
import type { Register } from '../../wire/registers.ts';
import { X_SERIES_REGISTERS } from '../../wire/dynamixel/index.ts';
import { ACCESS_ERROR, DATA_LENGTH_ERROR, DATA_RANGE_ERROR, OK } from './errors.ts';
import { FACTORY, RANGES } from './model.ts';
import type { TableRegisterName, XSeriesModel } from './model.ts';

const TABLE_BYTES = 148;
const FIRST_RAM_ADDRESS = 64;

const EXTRAS: readonly Register[] = [
  { name: 'startupConfiguration', address: 60, size: 1, access: 'read-write', area: 'eeprom', coding: UNSIGNED },
  { name: 'pwmSlope', address: 62, size: 1, access: 'read-write', area: 'eeprom', coding: UNSIGNED },
  { name: 'backupReady', address: 147, size: 1, access: 'read', area: 'ram', coding: UNSIGNED },
];
const ALL: readonly Register[] = [...Object.values(X_SERIES_REGISTERS), ...EXTRAS];

/** A register and the value to write. */
export interface RegisterWrite {
  readonly name: TableRegisterName;
  readonly value: number;
}

/** The control table of one servo: registers, access rules, factory values. It has no side effects. */
export class ControlTable {
  private readonly bytes = new Uint8Array(TABLE_BYTES);
  private readonly model: XSeriesModel;
  private readonly registers: ReadonlyMap<string, Register>;
  /** The register of each byte; null where none is defined. */
  private readonly owner: readonly (Register | null)[];

  constructor(model: XSeriesModel) {
    this.model = model;
    const present = ALL.filter(({ name }) => !(model.absent as readonly string[]).includes(name));
    this.registers = new Map(present.map((register) => [register.name, register]));
    this.owner = Array.from(
      { length: TABLE_BYTES },
      (_, at) => present.find(({ address, size }) => at >= address && at < address + size) ?? null,
    );
    this.set('modelNumber', model.number);
    this.set('firmwareVersion', model.firmware);
    this.restoreFactory('eeprom');
    this.restoreFactory('ram');
  }

  has(name: TableRegisterName): boolean {
    return this.registers.has(name);
  }

  /** 0 where the model has no such register. */
  get(name: TableRegisterName): number {
    const register = this.registers.get(name);
    return register === undefined ? 0 : readRegister(register, this.bytes, register.address);
  }

  /** Sets a register from inside the servo; no effect where the model has no such register. Throws E_SERVO_VALUE when out of range. */
  set(name: TableRegisterName, value: number): void {
    const register = this.registers.get(name);
    if (register !== undefined) writeRegister(register, value, this.bytes, register.address);
  }

  /** As `set` for a measured value: rounded and limited to the range of the register. */
  publish(name: TableRegisterName, value: number): void {
    const register = this.registers.get(name);
    if (register === undefined) return;
    const { minimum, maximum } = registerRange(register);
    writeRegister(register, Math.max(minimum, Math.min(maximum, Math.round(value))), this.bytes, register.address);
  }

  /** Restores writable registers to their factory or power-up values. */
  restoreFactory(area: Register['area'], keep: readonly TableRegisterName[] = []): void {
    for (const register of this.registers.values()) {
      const name = register.name as TableRegisterName;
      if (register.area !== area || register.access === 'read' || keep.includes(name)) continue;
      this.set(name, this.factoryValue(name));
    }
  }

  factoryValue(name: TableRegisterName): number {
    return this.model.factory[name] ?? FACTORY[name] ?? 0;
  }

  /** The bytes of [address, address + length); reserved bytes between registers read 0. A number is the error to reply. */
  read(address: number, length: number): Uint8Array | number {
    if (length === 0) return DATA_LENGTH_ERROR;
    if (address + length > TABLE_BYTES || this.owner[address] === null) return ACCESS_ERROR;
    return this.bytes.slice(address, address + length);
  }

  /** The effect of a write, register by register, or the error to reply. Nothing is changed. */
  plan(address: number, data: Uint8Array, torqueOn: boolean): readonly RegisterWrite[] | number {
    const writes: RegisterWrite[] = [];
    for (let at = 0; at < data.length;) {
      const register = this.owner[address + at];
      if (register === undefined || register === null || register.access === 'read') return ACCESS_ERROR;
      if (register.address !== address + at) return ACCESS_ERROR;
      if (register.area === 'eeprom' && torqueOn) return ACCESS_ERROR;
      if (at + register.size > data.length) return DATA_LENGTH_ERROR;
      const name = register.name as TableRegisterName;
      const value = readRegister(register, data, at);
      const error = this.checkRange(name, value);
      if (error !== OK) return error;
      writes.push({ name, value });
      at += register.size;
    }
    return writes.length > 0 ? writes : DATA_LENGTH_ERROR;
  }

  /** Whether every byte of [address, address + length) is RAM, the only area that a secondary ID can access. */
  isRam(address: number): boolean {
    return address >= FIRST_RAM_ADDRESS;
  }

  /** A copy of the writable registers of this area. */
  save(): Uint8Array {
    return this.bytes.slice();
  }

  restore(saved: Uint8Array, area: Register['area'], keep: readonly TableRegisterName[] = []): void {
    for (const register of this.registers.values()) {
      if (register.area !== area || register.access === 'read' || keep.includes(register.name as TableRegisterName))
        continue;
      this.bytes.set(saved.subarray(register.address, register.address + register.size), register.address);
    }
  }

  private checkRange(name: TableRegisterName, value: number): number {
    const range = this.model.ranges[name] ?? RANGES[name];
    if (range !== undefined && (value < range[0] || value > range[1])) return DATA_RANGE_ERROR;
    if (name === 'operatingMode' && !this.model.operatingModes.includes(value)) return DATA_RANGE_ERROR;
    // Bit 1 is for the models with two motors on one joint.
    return name === 'driveMode' && (value & 0b10) !== 0 ? DATA_RANGE_ERROR : OK;
  }
}
