import { signMagnitude, UNSIGNED } from '../registers.ts';
import type { Register, RegisterCoding } from '../registers.ts';

/** Model numbers (register 3). SCS0009 is big-endian and has another table: only its name is known here. */
export const FEETECH_MODELS: ReadonlyMap<number, string> = new Map([
  [777, 'STS3215'],
  [2825, 'STS3250'],
  [11272, 'SM8512BL'],
  [1284, 'SCS0009'],
]);

export const STS3215_STEPS_PER_TURN = 4096;
/** Volts per step of registers 14, 15 and 62. */
export const STS3215_VOLTS_PER_STEP = 0.1;
/** Amperes per step of registers 28 and 69. */
export const STS3215_AMPERES_PER_STEP = 0.0065;
/** Baud rates by the index in register 6. */
export const FEETECH_BAUD_RATES = [1_000_000, 500_000, 250_000, 128_000, 115_200, 76_800, 57_600, 38_400] as const;

type Row = readonly [address: number, size: 1 | 2, access: 'read' | 'read-write', coding?: RegisterCoding];

/** STS3215 memory table; EEPROM below address 40 and from 80 on. Names as in the vendor's table, in camel case. */
const ROWS = {
  firmwareMajor: [0, 1, 'read'],
  firmwareMinor: [1, 1, 'read'],
  modelNumber: [3, 2, 'read'],
  id: [5, 1, 'read-write'],
  baudRate: [6, 1, 'read-write'],
  returnDelay: [7, 1, 'read-write'],
  responseLevel: [8, 1, 'read-write'],
  minimumPosition: [9, 2, 'read-write'],
  maximumPosition: [11, 2, 'read-write'],
  maximumTemperature: [13, 1, 'read-write'],
  maximumVoltage: [14, 1, 'read-write'],
  minimumVoltage: [15, 1, 'read-write'],
  maximumTorque: [16, 2, 'read-write'],
  phase: [18, 1, 'read-write'],
  unloadCondition: [19, 1, 'read-write'],
  ledAlarm: [20, 1, 'read-write'],
  positionGainP: [21, 1, 'read-write'],
  positionGainD: [22, 1, 'read-write'],
  positionGainI: [23, 1, 'read-write'],
  minimumStartForce: [24, 2, 'read-write'],
  clockwiseDeadZone: [26, 1, 'read-write'],
  counterClockwiseDeadZone: [27, 1, 'read-write'],
  protectionCurrent: [28, 2, 'read-write'],
  angularResolution: [30, 1, 'read-write'],
  homingOffset: [31, 2, 'read-write', signMagnitude(11)],
  operatingMode: [33, 1, 'read-write'],
  protectiveTorque: [34, 1, 'read-write'],
  protectionTime: [35, 1, 'read-write'],
  overloadTorque: [36, 1, 'read-write'],
  velocityGainP: [37, 1, 'read-write'],
  overCurrentTime: [38, 1, 'read-write'],
  velocityGainI: [39, 1, 'read-write'],
  torqueEnable: [40, 1, 'read-write'],
  acceleration: [41, 1, 'read-write'],
  goalPosition: [42, 2, 'read-write', signMagnitude(15)],
  goalTime: [44, 2, 'read-write', signMagnitude(10)],
  goalVelocity: [46, 2, 'read-write', signMagnitude(15)],
  torqueLimit: [48, 2, 'read-write'],
  lock: [55, 1, 'read-write'],
  presentPosition: [56, 2, 'read', signMagnitude(15)],
  presentVelocity: [58, 2, 'read', signMagnitude(15)],
  presentLoad: [60, 2, 'read', signMagnitude(10)],
  presentVoltage: [62, 1, 'read'],
  presentTemperature: [63, 1, 'read'],
  /** 1 while a reg write is pending. */
  regWritePending: [64, 1, 'read'],
  status: [65, 1, 'read'],
  moving: [66, 1, 'read'],
  presentCurrent: [69, 2, 'read', signMagnitude(15)],
  maximumVelocityLimit: [84, 1, 'read-write'],
  maximumAccelerationLimit: [85, 1, 'read-write'],
} as const satisfies Record<string, Row>;

export type Sts3215RegisterName = keyof typeof ROWS;

const FIRST_RAM_ADDRESS = 40;
/** The following registers are the vendor's factory settings, stored across power-off. */
const FIRST_FACTORY_ADDRESS = 80;

function area(address: number): Register['area'] {
  return address < FIRST_RAM_ADDRESS || address >= FIRST_FACTORY_ADDRESS ? 'eeprom' : 'ram';
}

/** The control table of an STS3215 by register name. */
export const STS3215_REGISTERS: Readonly<Record<Sts3215RegisterName, Register>> = Object.fromEntries(
  Object.entries<Row>(ROWS).map(([name, [address, size, access, coding]]) => [
    name,
    { name, address, size, access, area: area(address), coding: coding ?? UNSIGNED },
  ]),
) as Record<Sts3215RegisterName, Register>;
