export { HoldSupervisor } from './hold-supervisor.ts';
export type { HeldJointState } from './hold-monitor.ts';
export { LoadTracker } from './load-tracker.ts';
export { readStopStates, type StoppableRobot } from './read-stop-states.ts';
export { holdGoal, stateAhead, type ServoStopState } from './stop-settings.ts';
export { stopServos } from './stop-servos.ts';
export { stopPackets } from './stop-writes.ts';
