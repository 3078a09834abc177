import type { Command } from '../robot/command.ts';
import type { Reading } from '../robot/reading.ts';
import type { GuardReasonCode } from '../robot/reasons.ts';
import type { SoftqdError } from '../base/errors.ts';
import type { FollowingMemory } from './following.ts';
import type { JointHealthMemory } from './health-check.ts';
import type { JointMemory } from './joint-limiter.ts';

export { DEFAULT_STOP, stopPlan } from './stop-plan.ts';

declare const safe: unique symbol;

/** A command that passed the guard. Only safety/ can make one, so an unguarded command is a compile error. */
export interface SafeCommand {
  readonly [safe]: true;
  readonly sequence: number;
  readonly targets: Float64Array;
  /** Distinct, ascending; empty when the command was not clipped. */
  readonly reasonCodes: readonly GuardReasonCode[];
}

export type SafetyState = 'disarmed' | 'armed' | 'stopping' | 'faulted';

/** What the limits depend on, in addition to command and reading. An immutable value: each check returns a new one, which the caller keeps. */
export interface GuardMemory {
  /** Of each joint: the previous command and its motion. */
  readonly joints: readonly JointMemory[];
  /** Whether the position of the robot is known; without it there is no position to hold. */
  readonly hasReference: boolean;
  /** How long each joint has not followed its command. */
  readonly following: readonly FollowingMemory[];
  /** How long each motor has been outside its limits of supply and load; empty without such limits. */
  readonly health: readonly JointHealthMemory[];
  /** Joints whose servo was cleared of an overload at the latest valid reading. */
  readonly recovering: readonly number[];
  /** Time of the first check since which no reading was valid; null: the latest one is. */
  readonly lostSinceNs: number | null;
  /** Time since arming, s; infinite: limits apply in full. */
  readonly armedS: number;
  /** Time of the previous check; null: the next command is the first one, and moves for one control period. */
  readonly checkedNs: number | null;
  /** Sequence of the next safe command. */
  readonly sequence: number;
}

/** A guard memory in a checkpoint. */
export interface SavedGuard {
  readonly previousTargets: readonly number[];
  readonly previousVelocities: readonly number[];
  readonly previousRequests: readonly number[];
}

export interface GuardInput {
  readonly command: Command;
  readonly reading: Reading;
  /** Compared with reading.arrivalNs; its difference to the previous check is the time for which a command may move. */
  readonly nowNs: number;
}

export interface CheckedCommand {
  readonly safeCommand: SafeCommand;
  readonly memory: GuardMemory;
}

/** disarmed -> armed -> stopping -> disarmed | faulted, and limits around the previous command. */
export interface Guard {
  readonly state: SafetyState;
  /** Why it is faulted or stopping; null otherwise. Kept until the next `arm`. */
  readonly reason: SoftqdError | null;
  /** The factor of each joint on its velocity and acceleration limits in the latest check, below 1 for a hot motor; empty: 1. */
  readonly derating: readonly number[];
  /** How often each reason clipped a command, by reason name. */
  readonly clips: ReadonlyMap<string, number>;
  /** Before the first reading. */
  readonly initialMemory: GuardMemory;
  /**
   * Limits are around `reading`, the robot's current one, from now on. Throws E_SAFETY_LIMITS_MISSING for hardware without limits,
   * E_SAFETY_STATE from a wrong state or far outside its range, E_READING_* for an invalid or stale reading, E_OVERHEATED.
   */
  arm(memory: GuardMemory, reading: Reading): GuardMemory;
  /** Begins an orderly stop: commands decelerate each joint within its limits, then keep it at rest. */
  stop(reason: SoftqdError | null): void;
  /** Whether the commanded velocity of every joint is 0: an orderly stop has decelerated. Effort joints have none. */
  isAtRest(memory: GuardMemory): boolean;
  disarm(): void;
  /** An error on the control path: faulted; from now on only the stop mode is sent, without deceleration. */
  fault(error: SoftqdError): void;
  /** The simulated robot was moved: limits apply around this reading from now on. No effect on hardware. */
  beginEpisode(memory: GuardMemory, reading: Reading): GuardMemory;
  /** What an armed hardware robot was commanded last: an episode that begins continues from there. null: it was reset, or is not armed. */
  heldTargets(memory: GuardMemory): Float64Array | null;
  /** For checkpoints: `restore` returns a memory with the same limits. */
  save(memory: GuardMemory): SavedGuard;
  /** Throws E_CHECKPOINT when the memory does not match this robot. */
  restore(saved: SavedGuard): GuardMemory;
  /**
   * Never throws; returns finite targets within every given limit for any input. A function of its arguments and of `state`; it
   * changes `state` to faulted when readings stay away for too long, to stopping when a joint does not follow or a motor is beyond its
   * limits, and counts clips.
   */
  check(memory: GuardMemory, input: GuardInput): CheckedCommand;
}
