import type { Clock } from '../../base/clock.ts';
import type { TransitionLog } from '../../experience/index.ts';
import type { HealthWarning } from '../../safety/index.ts';
import type { CommandUi } from '../command-ui.ts';

interface WarningReceivers {
  readonly log: Pick<TransitionLog, 'event'>;
  readonly ui: Pick<CommandUi, 'info'>;
  readonly clock: Pick<Clock, 'nowNs'>;
}

/** Reports warnings of the guard about a motor, to the person and into the log. */
export function healthWarnings(robot: string, { log, ui, clock }: WarningReceivers): (warning: HealthWarning) => void {
  return ({ kind, joint, message }) => {
    const text = `${robot}: ${message}`;
    ui.info(`warning: ${text}`);
    log.event({
      monotonicTimeNs: clock.nowNs(),
      level: 'warning',
      code: `${kind.toUpperCase()}_WARNING`,
      message: text,
      values: { joint },
    });
  };
}
