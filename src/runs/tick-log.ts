import type { ClosedLook, Sent } from '../control/index.ts';
import type { LineCommand, LineEpisode, TransitionLog } from '../experience/index.ts';
import type { Reading, ResetState } from '../robot/reading.ts';
import { lineStartedEvent, type LineFacts } from './recording-header.ts';

interface PendingTick {
  readonly startNs: number;
  readonly reading: Reading;
  readonly safetyState: string;
}

/** Puts every tick of a line in real time into its log, exactly, so that a playback can repeat it. */
export class TickLog {
  private readonly log: TransitionLog | null;
  private index = 0;
  private pending: PendingTick | null = null;
  private episode: LineEpisode | null = null;

  /** `log` null: nothing is kept. */
  constructor(log: TransitionLog | null, facts: LineFacts, nowNs: number) {
    this.log = log;
    log?.event(lineStartedEvent(facts, nowNs));
  }

  /** An episode begins; `arms`: the line begins with it, before it looks. */
  begin(reading: Reading, state: ResetState, arms: boolean): void {
    this.episode = { arms, reading, state };
  }

  /** The line looked; what it does comes with `sent`. */
  look({ tick, reading, lane }: ClosedLook): void {
    this.pending = { startNs: tick.startNs, reading, safetyState: lane.rooms.guard.state };
  }

  sent({ checkedNs, action, safeCommand, applied, lane }: Sent): void {
    this.write({
      checkedNs,
      proposedAction: action,
      targets: safeCommand.targets,
      applied: applied.targets,
      reasonCodes: safeCommand.reasonCodes,
      policyVersion: lane.rooms.policy.version,
    });
  }

  /** The line ended: a look without a command is kept, too, as it closed a step. */
  end(): void {
    this.write(null);
    this.episode = null;
  }

  private write(command: LineCommand | null): void {
    const { pending, episode } = this;
    if (pending === null) return;
    this.pending = null;
    this.episode = null;
    this.log?.tick({ index: this.index++, ...pending, episode, command });
  }
}
