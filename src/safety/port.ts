import type { Command } from '../robot/command.ts';
import type { Reading } from '../robot/reading.ts';
import type { GuardReasonCode } from '../robot/reasons.ts';
import type { SoftqdError } from '../base/errors.ts';

declare const safe: unique symbol;

/** A command that went through the guard. Only safety/ can make one, so an unguarded command is a compile error. */
export interface SafeCommand {
  readonly [safe]: true;
  readonly sequence: number;
  readonly targets: Float64Array;
  /** Distinct, ascending; empty when the command passed unaltered. */
  readonly reasonCodes: readonly GuardReasonCode[];
}

export type SafetyState = 'disarmed' | 'armed' | 'stopping' | 'faulted';

/** What limits around the previous command remember; plain data for checkpoints. */
export interface GuardState {
  readonly previousTargets: readonly number[];
  readonly previousRates: readonly number[];
}

/** disarmed -> armed -> stopping -> disarmed | faulted, and limits around the previous command. */
export interface Guard {
  readonly state: SafetyState;
  /** Why it is faulted or stopping; null otherwise. Sticky until `disarm` was acknowledged by `arm`. */
  readonly reason: SoftqdError | null;
  /** How often each reason altered a command, by reason name. */
  readonly clips: ReadonlyMap<string, number>;
  /** Throws E_SAFETY_LIMITS_MISSING for hardware without limits and E_SAFETY_STATE from a wrong state. `reading` is where the robot is now. */
  arm(reading: Reading): void;
  /** Begins an orderly stop: commands turn into the stop mode of each joint. */
  stop(reason: SoftqdError | null): void;
  disarm(): void;
  /** An error on the line: faulted; from now on only the stop mode leaves. */
  fault(error: SoftqdError): void;
  /** The simulated robot was put somewhere else: limits are around this reading from now on. Alters nothing on hardware. */
  beginEpisode(reading: Reading): void;
  /** For checkpoints: `restore` goes on exactly where `save` left. */
  save(): GuardState;
  /** Throws E_CHECKPOINT when the memory does not fit this robot. */
  restore(memory: GuardState): void;
  /** Never throws; whatever goes in, finite targets within every stated limit come out. `nowNs` is compared with reading.arrivalNs. */
  check(command: Command, reading: Reading, nowNs: number): SafeCommand;
}
