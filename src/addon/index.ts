export { type AddonResult, loadAddon, prebuiltPath } from './load-addon.ts';
export type {
  IsaName,
  NativeAddon,
  NativeEngineHandle,
  NativePolicyHandle,
  NativePolicyShape,
  NativeTensorInfo,
  SystemFailure,
} from './native-addon.ts';
export { openPseudoTerminal, type PseudoTerminal } from './pseudo-terminal.ts';
export { PreciseClock } from './precise-clock.ts';
export { applyScheduling, type SchedulingResult, type SchedulingRequest } from './scheduling.ts';
export { useSingleThreadedGc } from './single-threaded-gc.ts';
export { createTicker, NativeTicker, type TickerOptions } from './ticker.ts';
