export { closeSteps, type ClosedLook, type EpisodeEnd, type SequenceCounter } from './close-steps.ts';
export { Lane, type LaneRooms, type LaneState, type OpenStep } from './lane.ts';
export { LatenessHistogram, type LatenessSummary } from './lateness-histogram.ts';
export { controlLine, type LineOptions } from './pipeline.ts';
export { settle, type Settler } from './settle.ts';
export type { Sent } from './steps.ts';
export { takeNewest, type Look, type Round } from './take-newest.ts';
export {
  ClockTicker,
  lockStepTicks,
  realTimeTicks,
  type AwaitingLane,
  type MovableClock,
  type OnTick,
  type Tick,
  type Ticker,
} from './tick.ts';
