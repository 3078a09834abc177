import { NS_PER_S } from '../../base/clock.ts';
import type { ServoSample } from '../../servo/protocols/servo-family.ts';

export interface GateLimits {
  /** What the position register can hold. */
  readonly range: { readonly minimum: number; readonly maximum: number };
  readonly stepsPerTurn: number;
  /** As fast as the joint can be. */
  readonly maximumTurnsPerS: number;
}

/** Noise, and a blow against the joint. */
const MARGIN_STEPS = 40;
/** A joint that is pushed moves faster than the limit of its commands. */
const SPEED_FACTOR = 1.5;
/** Measured speed is noisier than position. */
const MEASURED_SPEED_FACTOR = 4;
const MOST_VOLTS = 30;
const MOST_CELSIUS = 120;
/** When nobody drives the joint, this many values in a row that fit each other are believed: it was moved by hand. */
const BELIEVED_IN_A_ROW = 3;

/**
 * Whether a value of one servo can be: within its registers, and no further from the last believed one than the joint can have moved
 * since. An 8-bit checksum lets one damaged reply in 256 through; this stops it, unless it lies where the joint might be.
 */
export class PlausibilityGate {
  private readonly limits: GateLimits;
  private last: { readonly steps: number; readonly atNs: number } | null = null;
  private doubted: { readonly steps: number; readonly atNs: number; readonly count: number } | null = null;

  constructor(limits: GateLimits) {
    this.limits = limits;
  }

  /** True: `sample` is the joint's position now. `driven`: it is under power and only this program moves it. */
  accept(sample: ServoSample, nowNs: number, driven: boolean): boolean {
    if (!this.isPossible(sample)) return false;
    const steps = sample.positionSteps;
    if (this.last === null || this.isNear(this.last, steps, nowNs)) return this.believe(steps, nowNs);
    if (driven) return false;
    const count = this.doubted !== null && this.isNear(this.doubted, steps, nowNs) ? this.doubted.count + 1 : 1;
    this.doubted = { steps, atNs: nowNs, count };
    return count >= BELIEVED_IN_A_ROW && this.believe(steps, nowNs);
  }

  /** Nothing is known any more: the next possible value is believed. */
  forget(): void {
    this.last = null;
    this.doubted = null;
  }

  private believe(steps: number, atNs: number): boolean {
    this.last = { steps, atNs };
    this.doubted = null;
    return true;
  }

  private isPossible({ positionSteps, turnsPerS, supplyV, temperatureC }: ServoSample): boolean {
    const { range, maximumTurnsPerS } = this.limits;
    return (
      positionSteps >= range.minimum &&
      positionSteps <= range.maximum &&
      Math.abs(turnsPerS) <= MEASURED_SPEED_FACTOR * maximumTurnsPerS &&
      supplyV <= MOST_VOLTS &&
      temperatureC <= MOST_CELSIUS
    );
  }

  private isNear(from: { readonly steps: number; readonly atNs: number }, steps: number, nowNs: number): boolean {
    const { maximumTurnsPerS, stepsPerTurn } = this.limits;
    const seconds = Math.max(0, nowNs - from.atNs) / NS_PER_S;
    return Math.abs(steps - from.steps) <= SPEED_FACTOR * maximumTurnsPerS * stepsPerTurn * seconds + MARGIN_STEPS;
  }
}
