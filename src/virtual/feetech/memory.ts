import { STS3215_REGISTERS, type Sts3215RegisterName } from '../../wire/feetech/index.ts';
import { readRegister, registerRange, writeRegister, type Register } from '../../wire/registers.ts';

const SIZE = 256;
const REGISTERS = Object.values(STS3215_REGISTERS);

/** Factory values of an STS3215 at 7.4 V (vendor's memory table); registers that are not listed are 0. Firmware 3.10. */
const FACTORY: Readonly<Partial<Record<Sts3215RegisterName, number>>> = {
  firmwareMajor: 3,
  firmwareMinor: 10,
  returnDelay: 250,
  responseLevel: 1,
  maximumPosition: 4095,
  maximumTemperature: 70,
  maximumVoltage: 80,
  minimumVoltage: 40,
  maximumTorque: 1000,
  phase: 12,
  unloadCondition: 44,
  ledAlarm: 47,
  positionGainP: 32,
  positionGainD: 32,
  minimumStartForce: 16,
  clockwiseDeadZone: 1,
  counterClockwiseDeadZone: 1,
  protectionCurrent: 500,
  angularResolution: 1,
  protectiveTorque: 20,
  protectionTime: 200,
  overloadTorque: 80,
  velocityGainP: 10,
  overCurrentTime: 200,
  velocityGainI: 200,
};

/** Allowed values of registers; a value outside is ignored. Registers that are not listed accept any value of their size. */
const RANGES: Readonly<Partial<Record<Sts3215RegisterName, readonly [low: number, high: number]>>> = {
  id: [0, 253],
  baudRate: [0, 7],
  responseLevel: [0, 1],
  minimumPosition: [0, 4095],
  maximumPosition: [0, 4095],
  maximumTemperature: [0, 100],
  maximumTorque: [0, 1000],
  minimumStartForce: [0, 1000],
  clockwiseDeadZone: [0, 32],
  counterClockwiseDeadZone: [0, 32],
  protectionCurrent: [0, 511],
  angularResolution: [1, 3],
  operatingMode: [0, 3],
  protectiveTorque: [0, 100],
  overloadTorque: [0, 100],
  acceleration: [0, 254],
  goalTime: [-1000, 1000],
  torqueLimit: [0, 1000],
  lock: [0, 1],
};
const TORQUE_ENABLE_VALUES = [0, 1, 2, 128];

/**
 * The memory of one servo: present values and stored EEPROM. EEPROM (below 40 and from 80 on) takes effect at once and is stored only
 * when written with Lock 0. Addresses without a register read 0 and ignore writes.
 */
export class ServoMemory {
  private readonly live = new Uint8Array(SIZE);
  private readonly saved = new Uint8Array(SIZE);
  private readonly modelNumber: number;

  constructor(modelNumber: number, id: number) {
    this.modelNumber = modelNumber;
    this.put('id', id);
    this.restoreFactory();
  }

  get(name: Sts3215RegisterName): number {
    const register = STS3215_REGISTERS[name];
    return readRegister(register, this.live, register.address);
  }

  /** Sets a register from inside the servo, also a read-only one; EEPROM is not stored. The value is rounded and limited to its range. */
  put(name: Sts3215RegisterName, value: number): void {
    const register = STS3215_REGISTERS[name];
    const { minimum, maximum } = registerRange(register);
    writeRegister(register, Math.max(minimum, Math.min(maximum, Math.round(value))) || 0, this.live, register.address);
  }

  /** `length` bytes from `address`; 0 beyond the end of the table. */
  read(address: number, length: number): Uint8Array {
    const out = new Uint8Array(length);
    out.set(this.live.subarray(address, Math.min(SIZE, address + length)));
    return out;
  }

  /** A write of the master. Returns the changed registers in order of address, without read-only registers and values out of range. */
  write(address: number, data: Uint8Array): readonly Sts3215RegisterName[] {
    const taken: Sts3215RegisterName[] = [];
    const unlocked = this.get('lock') === 0;
    for (const register of REGISTERS) {
      const { address: at, size } = register;
      if (register.access === 'read' || at + size <= address || at >= address + data.length) continue;
      const before = this.live.slice(at, at + size);
      for (let i = 0; i < size; i++) {
        const from = at + i - address;
        if (from >= 0 && from < data.length) this.live[at + i] = data[from]!;
      }
      if (!takes(register, readRegister(register, this.live, at))) {
        this.live.set(before, at);
        continue;
      }
      if (register.area === 'eeprom' && unlocked) this.saved.set(this.live.subarray(at, at + size), at);
      taken.push(register.name as Sts3215RegisterName);
    }
    return taken;
  }

  /** Puts `value` into EEPROM as a master with Lock 0 would. */
  save(name: Sts3215RegisterName, value: number): void {
    this.put(name, value);
    const { address, size } = STS3215_REGISTERS[name];
    this.saved.set(this.live.subarray(address, address + size), address);
  }

  /** RAM as after power-on: EEPROM as saved, the torque limit from register 16, everything else 0. */
  powerOn(): void {
    this.live.fill(0);
    for (const { area, address, size } of REGISTERS) {
      if (area === 'eeprom') this.live.set(this.saved.subarray(address, address + size), address);
    }
    this.put('torqueLimit', this.get('maximumTorque'));
  }

  /** Instruction 0x06; id and model stay. */
  restoreFactory(): void {
    const id = this.get('id');
    for (const register of REGISTERS) {
      if (register.area === 'eeprom') this.save(register.name as Sts3215RegisterName, 0);
    }
    for (const [name, value] of Object.entries(FACTORY)) this.save(name as Sts3215RegisterName, value);
    this.save('modelNumber', this.modelNumber);
    this.save('id', id);
  }
}

function takes(register: Register, value: number): boolean {
  if (register.name === 'torqueEnable') return TORQUE_ENABLE_VALUES.includes(value);
  const range = RANGES[register.name as Sts3215RegisterName];
  return range === undefined || (value >= range[0] && value <= range[1]);
}
