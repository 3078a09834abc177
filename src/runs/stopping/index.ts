export type { LoopEnd, StopPhase } from './stop-loop.ts';
export { stopError, stoppedEvent, stopRobot, type StopResult } from './stop-robot.ts';
export { stopLines } from './stop-text.ts';
