import {
  DYNAMIXEL_RPM_PER_STEP,
  DYNAMIXEL_STEPS_PER_TURN,
  DYNAMIXEL_VOLTS_PER_STEP,
  DYNAMIXEL_WATCHDOG_EXPIRED,
  DYNAMIXEL_WATCHDOG_MS_PER_STEP,
  hardwareErrorNames,
  X_SERIES_REGISTERS,
} from '../../wire/dynamixel/index.ts';
import { readRegister } from '../../wire/registers.ts';
import type { ServoFamily } from './servo-family.ts';

const { presentCurrent, presentVelocity, presentPosition, presentVoltage, presentTemperature } = X_SERIES_REGISTERS;
/** Current (or load), velocity, position, both trajectories, voltage, temperature: registers 126 to 146. */
const BLOCK = {
  address: presentCurrent.address,
  length: presentTemperature.address + presentTemperature.size - presentCurrent.address,
};
/** Thousandths of the load where the servo has no current sensor; milliamperes or steps near it where it has one. */
const FULL_LOAD = 1000;
const FAST_SYNC_READ_MIN_FIRMWARE = 45;

/** X series. Torque on with a PWM limit of 0 shortens the windings: that is how it damps. */
export const dynamixelFamily: ServoFamily = {
  stepsPerTurn: DYNAMIXEL_STEPS_PER_TURN,
  block: BLOCK,
  sample: (block) => ({
    positionSteps: readRegister(presentPosition, block, presentPosition.address - BLOCK.address),
    turnsPerS:
      (readRegister(presentVelocity, block, presentVelocity.address - BLOCK.address) * DYNAMIXEL_RPM_PER_STEP) / 60,
    load: readRegister(presentCurrent, block, presentCurrent.address - BLOCK.address) / FULL_LOAD,
    supplyV: readRegister(presentVoltage, block, presentVoltage.address - BLOCK.address) * DYNAMIXEL_VOLTS_PER_STEP,
    temperatureC: readRegister(presentTemperature, block, presentTemperature.address - BLOCK.address),
  }),
  // Position mode counts a homing offset of up to a quarter turn, and the shaft may be pushed beyond an end.
  positionRange: { min: -4096, max: 4095 + 4096 },
  settings: { returnDelay: 0, statusReturnLevel: 2, operatingMode: 3 },
  lock: null,
  stop: { hold: [], damp: [['goalPwm', 0]], 'torque-off': [['torqueEnable', 0]] },
  copiedOnArming: ['goalPwm', 'pwmLimit'],
  watchdog: { register: 'busWatchdog', msPerStep: DYNAMIXEL_WATCHDOG_MS_PER_STEP, max: 127, off: 0 },
  healthChecks: [
    { register: 'torqueEnable', kind: 'torque', isHealthy: (value) => value === 1 },
    { register: 'busWatchdog', kind: 'watchdog', isHealthy: (value) => value !== DYNAMIXEL_WATCHDOG_EXPIRED },
  ],
  faultRegister: 'hardwareErrorStatus',
  faultNames: hardwareErrorNames,
  supportsFastSyncRead: (firmware) => Number(firmware) >= FAST_SYNC_READ_MIN_FIRMWARE,
};
