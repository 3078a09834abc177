import type { Logger } from '../base/logger.ts';
import type { LearnerAlert } from '../experience/port.ts';

/** Logs alerts and sends them to the daemon; those from before the link is connected are sent when it is. */
export class AlertRelay {
  private readonly logger: Logger;
  private readonly early: LearnerAlert[] = [];
  private target: ((alert: LearnerAlert) => void) | null = null;

  constructor(logger: Logger) {
    this.logger = logger;
  }

  readonly send = (alert: LearnerAlert): void => {
    this.logger.warning(alert.message, { code: alert.code });
    if (this.target === null) this.early.push(alert);
    else this.target(alert);
  };

  connect(target: (alert: LearnerAlert) => void): void {
    this.target = target;
    for (const alert of this.early.splice(0)) target(alert);
  }
}
