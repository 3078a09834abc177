export { BusCounters, type ServoBusCounters } from './bus/bus-counters.ts';
export { identifyServo, identifyServos, requireServos } from './bus/identify-servos.ts';
export { openServoBus } from './bus/open-servo-bus.ts';
export { setPreciseTimer } from './bus/precise-timer.ts';
export { COMMISSIONING_RETRIES, DRIVING_RETRIES } from './bus/retry.ts';
export type { SerialServoBus } from './bus/servo-bus.ts';
export { withBus, type BusAddress, type OpenBus } from './bus/with-bus.ts';
export { calibratedRobots, type CalibratedRobot } from './calibration/calibrated-robots.ts';
export {
  progressPath,
  readCalibration,
  readCalibrationFile,
  removeFile,
  writeCalibration,
  writeFileAtomically,
} from './calibration/calibration-file.ts';
export { jointMaps, type JointMap } from './calibration/joint-map.ts';
export { readServoCalibrations, writeServoCalibration } from './calibration/servo-calibration.ts';
export { describeFault, readFaults, requireHealthy } from './health/faults.ts';
export { corruptReplyCount, hasIdConflict } from './health/id-conflict.ts';
export type { ServoBus, ServoIdentity, ServoReply } from './port.ts';
export { baudRateCode, modelName, requireServoId } from './protocols/models.ts';
export type { HealthCheck, ServoProtocol, ServoProtocolName, ServoSample } from './protocols/servo-protocol.ts';
export { servoProtocol } from './protocols/servo-protocols.ts';
export { checkServoRobot } from './registers/check-servo-robot.ts';
export { effortLimit } from './registers/effort-limit.ts';
export { configureServos } from './registers/configure-servos.ts';
export {
  readRegister,
  readRegisters,
  readRegisterTwice,
  replyError,
  requireRegisters,
} from './registers/read-registers.ts';
export { registerOf } from './registers/register-of.ts';
export {
  lockEeprom,
  unlockEeprom,
  writeAndVerify,
  writeUnconfirmed,
  type RegisterValue,
} from './registers/write-registers.ts';
export { requireServoBus, servosByJoint } from './robot-servos.ts';
export {
  busClosedError,
  commandTimeoutError,
  servoFault,
  servoTimeoutError,
  torqueLostError,
  watchdogLostError,
} from './servo-errors.ts';
