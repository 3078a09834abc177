import type { Clock } from '../../base/clock.ts';
import type { Driver } from '../../driver/index.ts';
import type { TransitionLog } from '../../experience/index.ts';

/** Records in the log whose effort the driver of a robot that was just armed cannot limit. */
export function recordEffort(
  { spec, effortNotLimited = [] }: Pick<Driver, 'spec' | 'effortNotLimited'>,
  log: Pick<TransitionLog, 'event'>,
  clock: Pick<Clock, 'nowNs'>,
): void {
  if (effortNotLimited.length === 0) return;
  log.event({
    monotonicTimeNs: clock.nowNs(),
    level: 'warning',
    code: 'EFFORT_NOT_LIMITED',
    message: `${spec.name}: effort not limited: ${effortNotLimited.join(', ')}`,
    values: { joints: effortNotLimited },
  });
}
