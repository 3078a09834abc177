import type { Cancel, Clock } from '../../base/clock.ts';

/**
 * Calls `callback` within some 20 us of `deadlineNs` where the machine lets it. `lateNs` is how late the clock's own appointments may be:
 * for so long before the deadline the event loop turns without sleeping, and goes on serving everybody else.
 */
export function setPreciseTimer(
  { clock, deadlineNs, spinNs }: { readonly clock: Clock; readonly deadlineNs: number; readonly spinNs: number },
  callback: () => void,
): Cancel {
  let over = false;
  let cancelCoarse: Cancel = () => undefined;
  const turn = (): void => {
    if (over) return;
    if (clock.nowNs() >= deadlineNs) callback();
    else setImmediate(turn);
  };
  if (deadlineNs - clock.nowNs() > spinNs) cancelCoarse = clock.setTimer(deadlineNs - spinNs, turn);
  else turn();
  return () => {
    over = true;
    cancelCoarse();
  };
}
