import type { ReasonMask } from './reason-set.ts';

/** What the limits of a joint depend on, in addition to the command: the previous command and the speed it implied. Never -0, which JSON would lose. */
export interface JointMemory {
  readonly previous: number;
  readonly speed: number;
}

export interface LimitedTarget {
  readonly target: number;
  /** Why the target was clipped. */
  readonly mask: ReasonMask;
  readonly memory: JointMemory;
}

/**
 * The limits of one joint around its previous command; one implementation for each command mode. Pure: memory in, memory out.
 * Finite in, finite and within every stated limit out. `position` and `velocity` are the latest reading's.
 */
export interface JointLimiter {
  /** Before the first reading. */
  readonly initial: JointMemory;
  /** The joint is at this position: it is the previous command. */
  reset(position: number, velocity: number): JointMemory;
  /** The nearest allowed target; a target within all limits is returned bit-identical. */
  limit(memory: JointMemory, target: number, position: number, velocity: number): LimitedTarget;
  /** The target of the joint's stop mode; NaN: position and velocity are not known. */
  stop(memory: JointMemory, position: number, velocity: number): LimitedTarget;
  /** A saved memory, within the limits. */
  restore(saved: JointMemory): JointMemory;
}
