import { NS_PER_S, type Clock } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';

/** More damaged messages within a second are a fault: what sends them is broken. */
const MAX_DAMAGED_PER_S = 50;
/** At most one log line in this time. */
const LOG_PERIOD_S = 10;

export interface DamageMonitorOptions {
  readonly clock: Pick<Clock, 'nowNs'>;
  readonly logger: Logger;
  /** The robot, for messages. */
  readonly robot: string;
}

/** Counts damaged messages, which are passed over: logs the first one and then at most one line in ten seconds; a flood is a fault. */
export class DamageMonitor {
  /** Damaged messages so far. */
  count = 0;
  private readonly options: DamageMonitorOptions;
  private windowNs = -Infinity;
  private inWindow = 0;
  private loggedNs = -Infinity;
  private unlogged = 0;

  constructor(options: DamageMonitorOptions) {
    this.options = options;
  }

  /** One damaged message. Returns the fault of a flood (with the code of `error`), or null: pass the message over. */
  damaged(error: SoftqdError): SoftqdError | null {
    const { clock, robot } = this.options;
    const nowNs = clock.nowNs();
    this.count++;
    this.log(error, nowNs);
    if (nowNs - this.windowNs > NS_PER_S) {
      this.windowNs = nowNs;
      this.inWindow = 0;
    }
    if (++this.inWindow <= MAX_DAMAGED_PER_S) return null;
    this.windowNs = -Infinity;
    return new SoftqdError(
      error.code,
      `${robot}: more than ${MAX_DAMAGED_PER_S} damaged messages within a second, the newest: ${error.message}`,
      { cause: error, values: { damaged: this.count } },
    );
  }

  private log({ code, message }: SoftqdError, nowNs: number): void {
    this.unlogged++;
    if (nowNs - this.loggedNs < LOG_PERIOD_S * NS_PER_S) return;
    const { logger, robot } = this.options;
    const others = this.unlogged === 1 ? '' : ` (${this.unlogged} since the last such line)`;
    this.loggedNs = nowNs;
    this.unlogged = 0;
    logger.warning(`${robot}: a damaged message was passed over: ${message}${others}`, { code, damaged: this.count });
  }
}
