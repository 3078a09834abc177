export { errorFromChild, startChildProcess, type ChildFailure } from './child-process.ts';
export {
  controlPaths,
  holdSocketPath,
  readDaemonFile,
  runningDaemons,
  writeDaemonFile,
  type DaemonFile,
} from './control-files.ts';
export { LearnerSupervisor } from './learner-child.ts';
export { isProcessAlive } from './process-identity.ts';
export { lockRun, runOwner } from './run-lock.ts';
export { applyLoopScheduling } from './scheduling.ts';
export { startSimulatorCommand, type SimulatorCommand } from './simulator-command.ts';
export { startEmbeddedSimulator, startSimulatorChild } from './simulator-child.ts';
export { readToken, serveSimulator, type SimulatorLaunch } from './simulator-server.ts';
