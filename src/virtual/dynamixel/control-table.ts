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

/** A register and what a write would put into it. */
export interface RegisterWrite {
  readonly name: TableRegisterName;
  readonly value: number;
}

/** The memory of one servo: its registers, what may be written where, factory values. It does nothing by itself. */
export class ControlTable {
  private readonly bytes = new Uint8Array(TABLE_BYTES);
  private readonly model: XSeriesModel;
  private readonly registers: ReadonlyMap<string, Register>;
  /** Which register every byte belongs to; null where nothing is defined. */
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

  /** As the servo itself sets it; nothing where the model has no such register. Throws E_SERVO_VALUE when the register cannot hold it. */
  set(name: TableRegisterName, value: number): void {
    const register = this.registers.get(name);
    if (register !== undefined) writeRegister(register, value, this.bytes, register.address);
  }

  /** As `set` for what was measured: rounded, and cut to what the register can say. */
  publish(name: TableRegisterName, value: number): void {
    const register = this.registers.get(name);
    if (register === undefined) return;
    const { minimum, maximum } = registerRange(register);
    writeRegister(register, Math.max(minimum, Math.min(maximum, Math.round(value))), this.bytes, register.address);
  }

  /** Puts the registers that can be written back to what the factory, or a power-up, gives them. */
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

  /** The bytes of [address, address + length); reserved bytes between registers read 0. A number is the error to answer. */
  read(address: number, length: number): Uint8Array | number {
    if (length === 0) return DATA_LENGTH_ERROR;
    if (address + length > TABLE_BYTES || this.owner[address] === null) return ACCESS_ERROR;
    return this.bytes.slice(address, address + length);
  }

  /** What a write would do, register by register, or the error to answer. Nothing is changed. */
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

  /** Whether every byte of [address, address + length) is RAM: all that a secondary id reaches. */
  isRam(address: number): boolean {
    return address >= FIRST_RAM_ADDRESS;
  }

  /** A copy of everything that can be written in this area. */
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
