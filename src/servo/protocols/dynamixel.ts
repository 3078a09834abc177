import {
  DYNAMIXEL_BAUD_RATES,
  DYNAMIXEL_MODELS,
  DYNAMIXEL_RPM_PER_STEP,
  DYNAMIXEL_STEPS_PER_TURN,
  DYNAMIXEL_VOLTS_PER_STEP,
  DYNAMIXEL_WATCHDOG_EXPIRED,
  DYNAMIXEL_WATCHDOG_MS_PER_STEP,
  hardwareErrorNames,
  X_SERIES_REGISTERS,
} from '../../wire/dynamixel/index.ts';
import { fullLoadSteps } from '../../robot/servo-models.ts';
import { readRegister } from '../../wire/registers.ts';
import { dynamixelPackets } from './dynamixel-packets.ts';
import type { ServoProtocol } from './servo-protocol.ts';

const { presentCurrent, presentVelocity, presentPosition, presentVoltage, presentTemperature } = X_SERIES_REGISTERS;
/** Current (or load), velocity, position, both trajectories, voltage, temperature: registers 126 to 146. */
const BLOCK = {
  address: presentCurrent.address,
  length: presentTemperature.address + presentTemperature.size - presentCurrent.address,
};
/** 100 % in steps of 0.113 %. */
const FULL_PWM = 885;
const FAST_SYNC_READ_MIN_FIRMWARE = 45;

const POSITION_MODE = 3;
const COMMON_BAUD_RATES: readonly number[] = [1_000_000, 57_600];

/** Dynamixel X series, protocol 2.0. Torque on with a PWM limit of 0 shorts the windings, which damps the joint. */
export const dynamixel: ServoProtocol = {
  name: 'dynamixel',
  packets: dynamixelPackets,
  registers: X_SERIES_REGISTERS,
  maxId: 252,
  models: DYNAMIXEL_MODELS,
  baudRateCodes: DYNAMIXEL_BAUD_RATES,
  baudRates: [...COMMON_BAUD_RATES, ...DYNAMIXEL_BAUD_RATES.filter((rate) => !COMMON_BAUD_RATES.includes(rate))],
  stepsPerTurn: DYNAMIXEL_STEPS_PER_TURN,
  voltsPerStep: DYNAMIXEL_VOLTS_PER_STEP,
  stateBlock: BLOCK,
  parseState: (block, modelNumber) => ({
    positionSteps: readRegister(presentPosition, block, presentPosition.address - BLOCK.address),
    turnsPerS:
      (readRegister(presentVelocity, block, presentVelocity.address - BLOCK.address) * DYNAMIXEL_RPM_PER_STEP) / 60,
    load:
      readRegister(presentCurrent, block, presentCurrent.address - BLOCK.address) /
      fullLoadSteps('dynamixel', modelNumber),
    supplyV: readRegister(presentVoltage, block, presentVoltage.address - BLOCK.address) * DYNAMIXEL_VOLTS_PER_STEP,
    temperatureC: readRegister(presentTemperature, block, presentTemperature.address - BLOCK.address),
  }),
  // Position mode applies a homing offset of up to a quarter turn, and the shaft may be turned beyond an end.
  positionRange: { min: -4096, max: 4095 + 4096 },
  positionMode: POSITION_MODE,
  settings: { returnDelay: 0, statusReturnLevel: 2, operatingMode: POSITION_MODE },
  lock: null,
  stop: { damp: [['goalPwm', 0]], 'torque-off': [['torqueEnable', 0]] },
  torqueLimit: { register: 'goalPwm', source: 'pwmLimit', full: FULL_PWM },
  watchdog: { register: 'busWatchdog', msPerStep: DYNAMIXEL_WATCHDOG_MS_PER_STEP, max: 127, off: 0 },
  healthChecks: [
    { register: 'torqueEnable', kind: 'torque', isHealthy: (value) => value === 1 },
    { register: 'busWatchdog', kind: 'watchdog', isHealthy: (value) => value !== DYNAMIXEL_WATCHDOG_EXPIRED },
  ],
  temperatureLimitRegister: 'temperatureLimit',
  faultRegister: 'hardwareErrorStatus',
  faultNames: hardwareErrorNames,
  errorByteNamesFaults: false,
  faultsNeedReboot: true,
  supportsFastSyncRead: (firmware) => Number(firmware) >= FAST_SYNC_READ_MIN_FIRMWARE,
};
