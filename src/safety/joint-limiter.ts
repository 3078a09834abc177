import type { ReasonMask } from './reason-set.ts';

/** What a limiter remembers between two commands: the previous command and the speed it asked for. Never -0, which JSON would lose. */
export interface LimiterState {
  readonly previous: number;
  readonly speed: number;
}

/**
 * The limits of one joint around its previous command; one implementation a command mode. Finite in, finite and within
 * every stated limit out. `position` and `velocity` are the newest reading's.
 */
export interface JointLimiter {
  /** Why the last `limit` altered its target. */
  readonly mask: ReasonMask;
  /** The joint stands there now, and this is its previous command. */
  reset(position: number, velocity: number): void;
  /** The nearest allowed target; a target within all limits comes back bit for bit. */
  limit(target: number, position: number, velocity: number): number;
  /** The target of the joint's stop mode; NaN says that position and velocity are not known. */
  stop(position: number, velocity: number): number;
  save(): LimiterState;
  restore(memory: LimiterState): void;
}
