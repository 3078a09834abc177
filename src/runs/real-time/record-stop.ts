import type { Clock } from '../../base/clock.ts';
import { toSoftqdError } from '../../base/errors.ts';
import type { TransitionLog } from '../../experience/index.ts';
import type { StopPlan } from '../../robot/stop-plan.ts';
import type { CommandUi } from '../command-ui.ts';
import { isStickyFault, type StickyFaults } from '../sticky-faults/index.ts';
import { stoppedEvent } from '../stopping/index.ts';
import type { Stopped } from './real-time-drive.ts';
import type { RunMonitor } from './run-monitor.ts';

export interface StopRecord {
  readonly plan: StopPlan;
  readonly simulated: boolean;
  /** The run directory. */
  readonly run: string;
  readonly clock: Clock;
  readonly log: TransitionLog;
  readonly faults: StickyFaults;
  readonly monitor: RunMonitor;
  readonly ui: Pick<CommandUi, 'event' | 'info'>;
}

/** Reports a stop to the user, the log and the control socket, and keeps a fault until a person clears it. */
export function recordStop(record: StopRecord, stopped: Stopped): void {
  const { plan, simulated, run, clock, log, faults, monitor, ui } = record;
  if (stopped.wasArmed) {
    const event = stoppedEvent(plan, stopped);
    monitor.stopped(event);
    if (!simulated) ui.event(event);
    log.event({
      monotonicTimeNs: clock.nowNs(),
      level: event.confirmed ? 'info' : 'error',
      code: 'STOPPED',
      message: event.text.join('; '),
      values: { confirmed: event.confirmed, reason: event.reason },
    });
  }
  if (!isStickyFault(stopped, { simulated })) return;
  try {
    faults.keep(stopped.failure!, run);
  } catch (thrown) {
    const { message, hint } = toSoftqdError(thrown);
    ui.info(`${message}. ${hint}`);
  }
}
