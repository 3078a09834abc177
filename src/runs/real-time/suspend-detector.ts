import { NS_PER_MS, NS_PER_S } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';

/** How far the two clocks may drift apart from one check to the next. */
const TOLERANCE_NS = 50 * NS_PER_MS;

/**
 * Detects that the machine was suspended: CLOCK_MONOTONIC stands still then, so that neither deadlines nor the age of readings show it,
 * while CLOCK_BOOTTIME continues. Call `check` before every command.
 */
export class SuspendDetector {
  private readonly offsetNs: () => number;
  private lastOffsetNs: number;

  /** `offsetNs`: CLOCK_BOOTTIME minus CLOCK_MONOTONIC; constant while the machine is not suspended. */
  constructor(offsetNs: () => number) {
    this.offsetNs = offsetNs;
    this.lastOffsetNs = offsetNs();
  }

  /** Throws E_MACHINE_SUSPENDED once for each time the machine was suspended since the last check. */
  check(): void {
    const offsetNs = this.offsetNs();
    const suspendedNs = offsetNs - this.lastOffsetNs;
    this.lastOffsetNs = offsetNs;
    if (suspendedNs < TOLERANCE_NS) return;
    const suspendedS = Number((suspendedNs / NS_PER_S).toFixed(3));
    throw new SoftqdError(
      'E_MACHINE_SUSPENDED',
      `the machine was suspended for ${suspendedS} s while the robot was armed`,
      {
        values: { suspendedS },
      },
    );
  }
}
