export { runDoctor, type Check, type Finding, type FindingLevel } from './doctor.ts';
export { dataDirectoryCheck, machineCheck, nodeCheck, portsCheck } from './machine-checks.ts';
export { calibrate, type CalibrateOptions, type CalibrateResult } from './calibration/calibrate.ts';
export { stopAfter } from './calibration/stop-after.ts';
export { torqueOffPrompt } from './calibration/ask-for-torque-off.ts';
export { verifyDirections, type VerifiedDirection } from './calibration/verify-directions.ts';
export type { CalibrateEvent, Operator, RangeRow } from './calibration/operator.ts';
export { clearServoFault, type FaultClearResult, type ServoState } from './clear-fault.ts';
export { jointsWithTorque, turnTorqueOff, type LoadedJoint } from './torque-off.ts';
export { scanBus, type ScannedRate } from './scan.ts';
export { setupServos } from './setup/setup-servos.ts';
export type { AssignedServo, SetupEvent } from './setup/operator.ts';
export {
  checkMove,
  JOG_SPEED,
  jogInteractive,
  jogToTarget,
  type Jogged,
  type JogOptions,
  type JogShortfall,
  jointIndex,
  type JogMove,
  type JogResult,
} from './jog/jog.ts';
export type { JogSetpoint } from './jog/setpoint.ts';
export type { JogState } from './jog/jog-session.ts';
export { serialPortsCheck } from './checks/serial-checks.ts';
export { schedulingCheck } from './checks/scheduling-check.ts';
export { busCheck } from './checks/bus-check.ts';
export { busOpener, parseServoUrl, plainBusAddress, robotBusAddress, type ServoAddress } from './servo-address.ts';
