import { NS_PER_MS, type Cancel, type Clock } from '../../base/clock.ts';

/** Timers count whole milliseconds: the rest is waited for with the event loop turning, so that it goes on serving everybody else. */
const COARSE_NS = 1.3 * NS_PER_MS;

/** Calls `callback` within some 20 us of `deadlineNs` where the machine lets it, instead of a timer's millisecond. */
export function atFinely(clock: Clock, deadlineNs: number, callback: () => void): Cancel {
  let over = false;
  let cancelCoarse: Cancel = () => undefined;
  const turn = (): void => {
    if (over) return;
    if (clock.nowNs() >= deadlineNs) callback();
    else setImmediate(turn);
  };
  if (deadlineNs - clock.nowNs() > COARSE_NS) cancelCoarse = clock.at(deadlineNs - COARSE_NS, turn);
  else turn();
  return () => {
    over = true;
    cancelCoarse();
  };
}
