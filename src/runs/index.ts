export { namePortUser, stopCommand } from './busy-port.ts';
export { CleanupStack } from './cleanup-stack.ts';
export type { CommandUi } from './command-ui.ts';
export {
  connectToSimulator,
  createGuardForRobot,
  resolveRobotAndTask,
  simulatorLaunch,
  type RobotAndTask,
} from './components.ts';
export { connectDriver } from './connect-driver.ts';
export { driverUrlText, isHardware, parseDriverUrl, type DriverUrl } from './driver-url.ts';
export { mean, standardDeviation } from './episodes.ts';
export { Evaluator, sampleInitialStates } from './evaluator.ts';
export { lockStepRun } from './lock-step-run.ts';
export { publishPolicy } from './publish-policy.ts';
export { openLoopClock } from './loop-clock.ts';
export { createRun, runIdentity, type RunParameters } from './new-run.ts';
export { playbackError, playbackRun, type PlaybackRunResult } from './playback/playback-run.ts';
export { MAX_POLICY_BYTES, verifiedSnapshot } from './policy-switcher.ts';
export { realTimeRun, type RealTimeRunResult } from './real-time/real-time-run.ts';
export { requireRobot } from './require-robot.ts';
export { RunDirectory } from './run-directory.ts';
export type { JointsEvent, ListeningEvent, ProgressEvent, RunEvent, StatusEvent, StoppedEvent } from './run-events.ts';
export { uiLogger } from './ui-logger.ts';
