import type { ReasonMask } from './reason-set.ts';

/**
 * What the limits of a joint depend on, in addition to the command. Never -0, which JSON would lose.
 */
export interface JointMemory {
  /** The previous command, in the unit of the joint's command mode. */
  readonly previous: number;
  /** Position joints: the signed velocity of the command, rad/s or m/s; others 0. */
  readonly velocity: number;
  /** Position joints: the previous target, within the position range; others 0. */
  readonly requested: number;
}

/** What a limiter needs of a tick. */
export interface JointInput {
  /** Of the latest reading; NaN: not known. */
  readonly position: number;
  readonly velocity: number;
  /** Time since the previous command, s; 0: it must not move. */
  readonly dtS: number;
  /** Part of the velocity and acceleration limits that applies to motion now, above 0, at most 1. Stops have the full limits. */
  readonly scale: number;
}

export interface LimitedTarget {
  readonly target: number;
  /** Why the target was clipped. */
  readonly mask: ReasonMask;
  readonly memory: JointMemory;
}

/**
 * The limits of one joint around its previous command; one implementation for each command mode. Pure: memory in, memory out.
 * Finite in, finite and within every stated limit out.
 */
export interface JointLimiter {
  /** Before the first reading. */
  readonly initial: JointMemory;
  /** The joint is at this position: it is the previous command. */
  reset(position: number, velocity: number): JointMemory;
  /** The nearest allowed target; a target within all limits is returned bit-identical. */
  limit(memory: JointMemory, target: number, input: JointInput): LimitedTarget;
  /** The next target of an orderly stop: slower by the maximum acceleration, then at rest. */
  decelerate(memory: JointMemory, input: JointInput): LimitedTarget;
  /** The target of an immediate stop: the stop mode, without an acceleration limit. */
  stop(memory: JointMemory, input: JointInput): LimitedTarget;
  /** Where the joint comes to rest, as a position, when it brakes from the command of this memory. */
  restPosition(memory: JointMemory, input: JointInput): number;
  /** Whether the command of this memory does not move the joint; an effort joint has no commanded motion. */
  isAtRest(memory: JointMemory): boolean;
  /** A saved memory, within the limits. */
  restore(saved: JointMemory): JointMemory;
}
