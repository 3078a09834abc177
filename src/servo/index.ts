export { BusCounters, type ServoBusCounters, type ServoCounters } from './bus/bus-counters.ts';
export { busProtocol, openServoBus, type OpenServoBusOptions, type ServoProtocol } from './bus/open-servo-bus.ts';
export { setPreciseTimer } from './bus/precise-timer.ts';
export { MAX_ATTEMPTS, retry } from './bus/retry.ts';
export {
  scanBaudRates,
  scanServoBus,
  type FoundServo,
  type ScanProgress,
  type ScanServoBusOptions,
} from './bus/scan-servo-bus.ts';
export type { SerialServoBus } from './bus/servo-bus.ts';
export { jointMaps, type JointMap } from './calibration/joint-map.ts';
export { readServoCalibrations, writeServoCalibration } from './calibration/servo-calibration.ts';
export { describeFault, faultNames, faultNamesOf, faultRegister } from './health/faults.ts';
export { corruptReplyCount, hasIdConflict } from './health/id-conflict.ts';
export { servoFamily } from './protocols/servo-families.ts';
export type { HealthCheck, RegisterSetting, ServoFamily, ServoSample } from './protocols/servo-family.ts';
export { checkServoRobot } from './registers/check-servo-robot.ts';
export {
  configureServos,
  identifyServos,
  readCalibrations,
  requireHealthy,
  servosByJoint,
  writeAndVerify,
  type ServoContext,
} from './registers/configure-servos.ts';
export { VOLTS_PER_STEP, baudRateCode, baudRatesOf, modelName, requireServoId } from './registers/models.ts';
export { withBus, type BusAddress, type OpenBus, type ToolBus } from './registers/open-tool-bus.ts';
export { answerError, readOne, readRegisters, registerOf } from './registers/register-values.ts';
export { requireServoBus, requireServos } from './registers/require-servos.ts';
export { torqueOff, writeAndVerifyRegisters, writeUnconfirmed } from './registers/write-registers.ts';
export { busClosedError, commandTimeoutError, servoFault, servoTimeoutError, torqueLostError } from './servo-errors.ts';
export {
  progressPath,
  readCalibration,
  readCalibrationFile,
  removeFile,
  writeCalibration,
  writeFileAtomically,
} from './calibration/calibration-file.ts';
export type { ServoBus, ServoIdentity } from './port.ts';
