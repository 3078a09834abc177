import { NS_PER_S } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Reading } from '../../robot/reading.ts';

/** Below this part of the pause, the device's own clock says that the readings were sent in time and came late. */
const DELAYED_FRACTION = 0.5;

export interface ReadingPausesOptions {
  readonly robot: string;
  /** A longer time between two readings is a pause, s. */
  readonly maxAgeS: number;
  readonly logger: Logger;
  /** Whether the time stamps of the readings are of a clock that continues while they pause. */
  readonly hasDeviceClock: boolean;
}

/** Counts pauses of the readings and logs each one with its length and, where the device's time stamps say it, its cause. */
export class ReadingPauses {
  count = 0;
  /** Seconds. */
  longestS = 0;
  private readonly options: ReadingPausesOptions;
  private before: Pick<Reading, 'arrivalNs' | 'deviceTimeS'> | null = null;

  constructor(options: ReadingPausesOptions) {
    this.options = options;
  }

  /** `logged`: the robot is armed, so that the pause stopped it. */
  received(reading: Pick<Reading, 'arrivalNs' | 'deviceTimeS'>, logged: boolean): void {
    const { before } = this;
    const { robot, maxAgeS, logger, hasDeviceClock } = this.options;
    this.before = reading;
    if (before === null) return;
    const pauseS = (reading.arrivalNs - before.arrivalNs) / NS_PER_S;
    if (!(pauseS > maxAgeS)) return;
    this.count++;
    this.longestS = Math.max(this.longestS, pauseS);
    if (!logged) return;
    const sentS = reading.deviceTimeS - before.deviceTimeS;
    const cause = !hasDeviceClock
      ? 'it was stopped or busy, or this computer was'
      : sentS > 0 && sentS < DELAYED_FRACTION * pauseS
        ? 'they were sent in time and came late: the network or this computer was busy'
        : 'the robot sent none';
    logger.warning(`${robot}: no reading for ${pauseS.toFixed(3)} s (age limit ${maxAgeS} s); ${cause}`, {
      pauseS,
      pauses: this.count,
    });
  }

  /** Call after a disconnect: the gap is no pause. */
  forget(): void {
    this.before = null;
  }
}
