import {
  feetechErrorNames,
  STS3215_REGISTERS,
  STS3215_STEPS_PER_TURN,
  STS3215_VOLTS_PER_STEP,
} from '../../wire/feetech/index.ts';
import { readRegister } from '../../wire/registers.ts';
import type { ServoFamily } from './servo-family.ts';

const { presentPosition, presentVelocity, presentLoad, presentVoltage, presentTemperature } = STS3215_REGISTERS;
/** Position, speed, load, voltage, temperature: registers 56 to 63. */
const BLOCK = { address: presentPosition.address, length: 8 };
/** The load register counts thousandths of full duty. */
const FULL_LOAD = 1000;

/** STS3215 and its kin: damping by a torque mode of its own, no watchdog. */
export const feetechFamily: ServoFamily = {
  stepsPerTurn: STS3215_STEPS_PER_TURN,
  block: BLOCK,
  sample: (block) => ({
    positionSteps: readRegister(presentPosition, block, presentPosition.address - BLOCK.address),
    // Register 58 counts steps a second.
    turnsPerS: readRegister(presentVelocity, block, presentVelocity.address - BLOCK.address) / STS3215_STEPS_PER_TURN,
    load: readRegister(presentLoad, block, presentLoad.address - BLOCK.address) / FULL_LOAD,
    supplyV: readRegister(presentVoltage, block, presentVoltage.address - BLOCK.address) * STS3215_VOLTS_PER_STEP,
    temperatureC: readRegister(presentTemperature, block, presentTemperature.address - BLOCK.address),
  }),
  // A shaft pushed beyond the ends of a turn, or an offset that moves them.
  positionRange: { min: -2048, max: 4095 + 2048 },
  settings: { returnDelay: 0, responseLevel: 1, operatingMode: 0 },
  lock: 'lock',
  stop: { hold: [], damp: [['torqueEnable', 2]], 'torque-off': [['torqueEnable', 0]] },
  copiedOnArming: null,
  watchdog: null,
  healthChecks: [{ register: 'torqueEnable', kind: 'torque', isHealthy: (value) => value === 1 }],
  faultRegister: 'status',
  faultNames: feetechErrorNames,
  supportsFastSyncRead: () => false,
};
