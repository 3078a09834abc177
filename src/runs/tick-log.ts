import type { TickStep, AppliedCommand } from '../control/index.ts';
import type { TickCommand, TickEpisode, TransitionLog } from '../experience/index.ts';
import type { Reading, ResetState } from '../robot/reading.ts';
import { recordingHeaderEvent, type RecordingHeader } from './recording-header.ts';

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
  private episode: TickEpisode | null = null;

  /** `log` null: nothing is kept. */
  constructor(log: TransitionLog | null, header: RecordingHeader, nowNs: number) {
    this.log = log;
    log?.event(recordingHeaderEvent(header, nowNs));
  }

  /** An episode begins; `arms`: the line begins with it, before it looks. */
  episodeStarted(reading: Reading, state: ResetState, startsLoop: boolean): void {
    this.episode = { startsLoop, reading, state };
  }

  /** The line looked; what it does comes with `sent`. */
  input({ tick, reading, instance }: TickStep): void {
    this.pending = { startNs: tick.startNs, reading, safetyState: instance.components.guard.state };
  }

  output({ checkedNs, action, safeCommand, applied, instance }: AppliedCommand): void {
    this.write({
      checkedNs,
      proposedAction: action,
      targets: safeCommand.targets,
      applied: applied.targets,
      reasonCodes: safeCommand.reasonCodes,
      policyVersion: instance.components.policy.version,
    });
  }

  /** The line ended: a look without a command is kept, too, as it closed a step. */
  close(): void {
    this.write(null);
    this.episode = null;
  }

  private write(command: TickCommand | null): void {
    const { pending, episode } = this;
    if (pending === null) return;
    this.pending = null;
    this.episode = null;
    this.log?.tick({ index: this.index++, ...pending, episode, command });
  }
}
