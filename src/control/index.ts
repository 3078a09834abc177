export { barrier, type BarrierHandler } from './barrier.ts';
export { closeStep, type ClosedTick, type EpisodeEnd } from './close-step.ts';
export { readingsOf } from './driver-events.ts';
export { controlLoop, type AppliedTick, type ControlLoop } from './loop.ts';
export {
  beginEpisode,
  restoreEpisode,
  saveEpisode,
  withRobot,
  type EpisodeState,
  type LoopState,
  type RobotComponents,
  type RobotState,
} from './loop-state.ts';
export { openStep } from './open-step.ts';
export { sample, type Sample } from './sample.ts';
export { LatenessHistogram, type LatenessSummary } from './ticks/lateness-histogram.ts';
export { lockStepTicks } from './ticks/lock-step-ticks.ts';
export { realTimeTicks } from './ticks/real-time-ticks.ts';
export { ClockTicker, type OnTick, type Tick, type Ticker } from './ticks/tick.ts';
