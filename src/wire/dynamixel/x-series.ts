import { TWOS_COMPLEMENT, UNSIGNED } from '../registers.ts';
import type { Register, RegisterCoding } from '../registers.ts';

/** Model numbers (register 0). */
export const DYNAMIXEL_MODELS: ReadonlyMap<number, string> = new Map([
  [1020, 'XM430-W350'],
  [1030, 'XM430-W210'],
  [1060, 'XL430-W250'],
  [1070, 'XC430-W150'],
  [1110, 'XH540-W150'],
  [1120, 'XM540-W270'],
  [1190, 'XL330-M077'],
  [1200, 'XL330-M288'],
  [1210, 'XC330-T181'],
  [1220, 'XC330-T288'],
]);

export const DYNAMIXEL_STEPS_PER_TURN = 4096;
/** Revolutions per minute per step of the velocity registers. */
export const DYNAMIXEL_RPM_PER_STEP = 0.229;
/** Volts per step of the voltage registers. */
export const DYNAMIXEL_VOLTS_PER_STEP = 0.1;
/** Milliseconds per step of register 98. */
export const DYNAMIXEL_WATCHDOG_MS_PER_STEP = 20;
/** Value of register 98 after the watchdog has stopped the servo; goals are rejected until 0 is written. */
export const DYNAMIXEL_WATCHDOG_EXPIRED = -1;
/** Baud rates by the index in register 8. */
export const DYNAMIXEL_BAUD_RATES = [9600, 57_600, 115_200, 1_000_000, 2_000_000, 3_000_000, 4_000_000] as const;

type Row = readonly [address: number, size: 1 | 2 | 4, access: 'read' | 'read-write', coding?: RegisterCoding];

/** X-series control table; EEPROM below address 64. Names as in the e-manual, in camel case. */
const ROWS = {
  modelNumber: [0, 2, 'read'],
  modelInformation: [2, 4, 'read'],
  firmwareVersion: [6, 1, 'read'],
  id: [7, 1, 'read-write'],
  baudRate: [8, 1, 'read-write'],
  returnDelay: [9, 1, 'read-write'],
  driveMode: [10, 1, 'read-write'],
  operatingMode: [11, 1, 'read-write'],
  secondaryId: [12, 1, 'read-write'],
  protocolType: [13, 1, 'read-write'],
  homingOffset: [20, 4, 'read-write', TWOS_COMPLEMENT],
  movingThreshold: [24, 4, 'read-write'],
  temperatureLimit: [31, 1, 'read-write'],
  maximumVoltage: [32, 2, 'read-write'],
  minimumVoltage: [34, 2, 'read-write'],
  pwmLimit: [36, 2, 'read-write'],
  currentLimit: [38, 2, 'read-write'],
  velocityLimit: [44, 4, 'read-write'],
  maximumPosition: [48, 4, 'read-write'],
  minimumPosition: [52, 4, 'read-write'],
  shutdown: [63, 1, 'read-write'],
  torqueEnable: [64, 1, 'read-write'],
  led: [65, 1, 'read-write'],
  statusReturnLevel: [68, 1, 'read-write'],
  registeredInstruction: [69, 1, 'read'],
  hardwareErrorStatus: [70, 1, 'read'],
  velocityGainI: [76, 2, 'read-write'],
  velocityGainP: [78, 2, 'read-write'],
  positionGainD: [80, 2, 'read-write'],
  positionGainI: [82, 2, 'read-write'],
  positionGainP: [84, 2, 'read-write'],
  feedforwardGain2: [88, 2, 'read-write'],
  feedforwardGain1: [90, 2, 'read-write'],
  busWatchdog: [98, 1, 'read-write', TWOS_COMPLEMENT],
  goalPwm: [100, 2, 'read-write', TWOS_COMPLEMENT],
  goalCurrent: [102, 2, 'read-write', TWOS_COMPLEMENT],
  goalVelocity: [104, 4, 'read-write', TWOS_COMPLEMENT],
  profileAcceleration: [108, 4, 'read-write'],
  profileVelocity: [112, 4, 'read-write'],
  goalPosition: [116, 4, 'read-write', TWOS_COMPLEMENT],
  realtimeTick: [120, 2, 'read'],
  moving: [122, 1, 'read'],
  movingStatus: [123, 1, 'read'],
  presentPwm: [124, 2, 'read', TWOS_COMPLEMENT],
  presentCurrent: [126, 2, 'read', TWOS_COMPLEMENT],
  presentVelocity: [128, 4, 'read', TWOS_COMPLEMENT],
  presentPosition: [132, 4, 'read', TWOS_COMPLEMENT],
  velocityTrajectory: [136, 4, 'read', TWOS_COMPLEMENT],
  positionTrajectory: [140, 4, 'read', TWOS_COMPLEMENT],
  presentVoltage: [144, 2, 'read'],
  presentTemperature: [146, 1, 'read'],
} as const satisfies Record<string, Row>;

export type XSeriesRegisterName = keyof typeof ROWS;

const FIRST_RAM_ADDRESS = 64;

/** The control table of an X-series servo by register name. */
export const X_SERIES_REGISTERS: Readonly<Record<XSeriesRegisterName, Register>> = Object.fromEntries(
  Object.entries<Row>(ROWS).map(([name, [address, size, access, coding]]) => [
    name,
    { name, address, size, access, area: address < FIRST_RAM_ADDRESS ? 'eeprom' : 'ram', coding: coding ?? UNSIGNED },
  ]),
) as Record<XSeriesRegisterName, Register>;
