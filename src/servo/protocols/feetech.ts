import {
  FEETECH_BAUD_RATES,
  FEETECH_MODELS,
  feetechErrorNames,
  STS3215_REGISTERS,
  STS3215_STEPS_PER_TURN,
  STS3215_VOLTS_PER_STEP,
} from '../../wire/feetech/index.ts';
import { fullLoadSteps } from '../../robot/servo-models.ts';
import { readRegister } from '../../wire/registers.ts';
import { feetechPackets } from './feetech-packets.ts';
import type { ServoProtocol } from './servo-protocol.ts';

const { presentPosition, presentVelocity, presentLoad, presentVoltage, presentTemperature } = STS3215_REGISTERS;
/** Position, speed, load, voltage, temperature: registers 56 to 63. */
const BLOCK = { address: presentPosition.address, length: 8 };
/** The torque registers count thousandths of full duty. */
const FULL_TORQUE = 1000;

const POSITION_MODE = 0;

/** Feetech STS/SMS servos: damping by a torque mode, no bus watchdog. */
export const feetech: ServoProtocol = {
  name: 'feetech',
  packets: feetechPackets,
  registers: STS3215_REGISTERS,
  maxId: 253,
  models: FEETECH_MODELS,
  baudRateCodes: FEETECH_BAUD_RATES,
  baudRates: FEETECH_BAUD_RATES,
  stepsPerTurn: STS3215_STEPS_PER_TURN,
  voltsPerStep: STS3215_VOLTS_PER_STEP,
  stateBlock: BLOCK,
  parseState: (block, modelNumber) => ({
    positionSteps: readRegister(presentPosition, block, presentPosition.address - BLOCK.address),
    // Register 58 counts steps a second.
    turnsPerS: readRegister(presentVelocity, block, presentVelocity.address - BLOCK.address) / STS3215_STEPS_PER_TURN,
    load: readRegister(presentLoad, block, presentLoad.address - BLOCK.address) / fullLoadSteps('feetech', modelNumber),
    supplyV: readRegister(presentVoltage, block, presentVoltage.address - BLOCK.address) * STS3215_VOLTS_PER_STEP,
    temperatureC: readRegister(presentTemperature, block, presentTemperature.address - BLOCK.address),
  }),
  // A shaft turned beyond the ends of a turn, or an offset that shifts them.
  positionRange: { min: -2048, max: 4095 + 2048 },
  positionMode: POSITION_MODE,
  settings: { returnDelay: 0, responseLevel: 1, operatingMode: POSITION_MODE },
  lock: 'lock',
  stop: { damp: [['torqueEnable', 2]], 'torque-off': [['torqueEnable', 0]] },
  torqueLimit: { register: 'torqueLimit', source: 'maximumTorque', full: FULL_TORQUE },
  watchdog: null,
  healthChecks: [{ register: 'torqueEnable', kind: 'torque', isHealthy: (value) => value === 1 }],
  temperatureLimitRegister: 'maximumTemperature',
  faultRegister: 'status',
  faultNames: feetechErrorNames,
  errorByteNamesFaults: true,
  faultsNeedReboot: false,
  supportsFastSyncRead: () => false,
};
