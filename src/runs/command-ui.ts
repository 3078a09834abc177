import type { SoftqdError } from '../base/errors.ts';
import type { RunEvent } from './run-events.ts';
import type { StopRequests } from './stop-requests/index.ts';

/**
 * How a command reports to its user. `Event` is the union of everything that the command reports: with --json each event is one line on
 * stdout, otherwise the command's printer formats it. All functions may be called at any time and never throw.
 */
export interface CommandUi<Event = RunEvent> {
  readonly event: (event: Event) => void;
  /** One line of text: printed to stderr, above the live line. */
  readonly info: (text: string) => void;
  /** Reports an error. The command then returns its exit code; it may throw the error instead of reporting it. */
  readonly error: (error: SoftqdError) => void;
  /** Aborted by the first request to stop (that of `stops`): stop in order, save, return. The process then exits with 130. */
  readonly signal: AbortSignal;
  /** What was requested: park, stop or emergency stop; keys and the control socket request through it. */
  readonly stops: StopRequests;
}
