import { NS_PER_S } from '../../base/clock.ts';

/** One servo as measured in a tick. */
export interface LoadSample {
  readonly positionSteps: number;
  /** Goal in effect when the position was measured. */
  readonly goalSteps: number;
  /** Speed of the joint, absolute. */
  readonly radOrMPerS: number;
  /** Fraction of full PWM, -1 to 1. */
  readonly load: number;
}

/** Slower joints are at rest: the offset of the goal carries load, and does not drag the joint along. */
const REST_RAD_OR_M_PER_S = 0.1;
/** Time constant of the mean offset and load of a moving joint. */
const MEAN_S = 0.3;

/**
 * Estimates the load that one joint carries, from the readings of an armed robot: the offset of the goal at rest, and while it moves the
 * mean of the last 0.3 s, in which the lag of motion in both directions cancels. The load is the larger of the newest and the mean: a
 * joint that brakes may need no torque at the moment.
 */
export class LoadTracker {
  private meanOffset = 0;
  private meanLoad = 0;
  private newest: LoadSample | null = null;
  private atNs = -Infinity;

  update(sample: LoadSample, nowNs: number): void {
    const elapsedS = Math.max(0, nowNs - this.atNs) / NS_PER_S;
    const weight = 1 - Math.exp(-elapsedS / MEAN_S);
    this.meanOffset += weight * (sample.goalSteps - sample.positionSteps - this.meanOffset);
    this.meanLoad += weight * (sample.load - this.meanLoad);
    this.newest = sample;
    this.atNs = nowNs;
  }

  /** In steps; 0 before the first sample. */
  get offsetSteps(): number {
    const { newest } = this;
    if (newest === null) return 0;
    return newest.radOrMPerS < REST_RAD_OR_M_PER_S ? newest.goalSteps - newest.positionSteps : this.meanOffset;
  }

  /** Fraction of full PWM, 0 to 1. */
  get load(): number {
    return Math.min(1, Math.max(Math.abs(this.newest?.load ?? 0), Math.abs(this.meanLoad)));
  }
}
