import type { Cancel, Clock } from '../../base/clock.ts';

/**
 * Calls `callback` about 20 us after `deadlineNs` at most, on an idle machine. `spinNs` is how late the clock's timers may be: for this
 * long before the deadline the event loop turns without sleeping and continues to process other events.
 */
export function setPreciseTimer(
  { clock, deadlineNs, spinNs }: { readonly clock: Clock; readonly deadlineNs: number; readonly spinNs: number },
  callback: () => void,
): Cancel {
  let canceled = false;
  let cancelCoarse: Cancel = () => undefined;
  const turn = (): void => {
    if (canceled) return;
    if (clock.nowNs() >= deadlineNs) callback();
    else setImmediate(turn);
  };
  if (deadlineNs - clock.nowNs() > spinNs) cancelCoarse = clock.setTimer(deadlineNs - spinNs, turn);
  else turn();
  return () => {
    canceled = true;
    cancelCoarse();
  };
}
