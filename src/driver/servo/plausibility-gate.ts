import { NS_PER_S } from '../../base/clock.ts';
import type { ServoSample } from '../../servo/index.ts';

export interface GateLimits {
  /** Values that the position register can have. */
  readonly range: { readonly min: number; readonly max: number };
  readonly stepsPerTurn: number;
  /** Highest speed of the joint. */
  readonly maxTurnsPerS: number;
}

/** Covers noise, and a push against the joint. */
const MARGIN_STEPS = 40;
/** A pushed joint moves faster than the limit of its commands. */
const SPEED_FACTOR = 1.5;
/** Measured speed is noisier than position. */
const MEASURED_SPEED_FACTOR = 4;
const MAX_VOLTS = 30;
const MAX_TEMPERATURE_C = 120;
/** While the joint is disarmed, this many consecutive consistent values are accepted: it was moved by hand. */
const CONSISTENT_SAMPLES = 3;

/**
 * Decides whether a value of one servo is plausible: within its register, and no further from the last accepted value than the joint can
 * have moved since. An 8-bit checksum accepts one corrupt reply in 256; this gate rejects it unless the joint could be there.
 */
export class PlausibilityGate {
  private readonly limits: GateLimits;
  private last: { readonly steps: number; readonly atNs: number } | null = null;
  private candidate: { readonly steps: number; readonly atNs: number; readonly count: number } | null = null;

  constructor(limits: GateLimits) {
    this.limits = limits;
  }

  /** True when `sample` is accepted as the joint's position. `driven`: the joint is armed, and only this program moves it. */
  accept(sample: ServoSample, nowNs: number, driven: boolean): boolean {
    if (!this.isInRange(sample)) return false;
    const steps = sample.positionSteps;
    if (this.last === null || this.isReachable(this.last, steps, nowNs)) return this.acceptValue(steps, nowNs);
    if (driven) return false;
    const count =
      this.candidate !== null && this.isReachable(this.candidate, steps, nowNs) ? this.candidate.count + 1 : 1;
    this.candidate = { steps, atNs: nowNs, count };
    return count >= CONSISTENT_SAMPLES && this.acceptValue(steps, nowNs);
  }

  /** Forgets the last value: the next value within its register is accepted. */
  reset(): void {
    this.last = null;
    this.candidate = null;
  }

  private acceptValue(steps: number, atNs: number): boolean {
    this.last = { steps, atNs };
    this.candidate = null;
    return true;
  }

  private isInRange({ positionSteps, turnsPerS, supplyV, temperatureC }: ServoSample): boolean {
    const { range, maxTurnsPerS } = this.limits;
    return (
      positionSteps >= range.min &&
      positionSteps <= range.max &&
      Math.abs(turnsPerS) <= MEASURED_SPEED_FACTOR * maxTurnsPerS &&
      supplyV <= MAX_VOLTS &&
      temperatureC <= MAX_TEMPERATURE_C
    );
  }

  private isReachable(from: { readonly steps: number; readonly atNs: number }, steps: number, nowNs: number): boolean {
    const { maxTurnsPerS, stepsPerTurn } = this.limits;
    const seconds = Math.max(0, nowNs - from.atNs) / NS_PER_S;
    return Math.abs(steps - from.steps) <= SPEED_FACTOR * maxTurnsPerS * stepsPerTurn * seconds + MARGIN_STEPS;
  }
}
