import type { AppliedTick, ClosedTick } from '../../control/index.ts';
import type { TickCommand, TickEpisode, TransitionLog } from '../../experience/index.ts';
import type { Reading, ResetState } from '../../robot/reading.ts';
import type { SafetyState } from '../../safety/port.ts';
import { recordingHeaderEvent, type RecordingHeader } from '../recording-header.ts';

interface PendingTick {
  readonly startNs: number;
  readonly reading: Reading;
  readonly safetyState: string;
}

/** Writes every tick of a real-time loop to its log, exactly, so that a playback can repeat it. */
export class TickLog {
  private readonly log: TransitionLog | null;
  private index = 0;
  private pending: PendingTick | null = null;
  private episode: TickEpisode | null = null;

  /** `log` null: ticks are not logged. */
  constructor(log: TransitionLog | null, header: RecordingHeader, nowNs: number) {
    this.log = log;
    log?.event(recordingHeaderEvent(header, nowNs));
  }

  /** An episode begins; `startsLoop`: the loop begins with it, before its first tick. */
  episodeStarted(reading: Reading, state: ResetState, startsLoop: boolean): void {
    this.episode = { startsLoop, reading, state };
  }

  /** A tick before its command; the command follows with `applied`. */
  closed({ tick, steps }: ClosedTick, safetyState: SafetyState): void {
    this.pending = { startNs: tick.startNs, reading: steps[0]!.reading, safetyState };
  }

  applied({ steps }: AppliedTick): void {
    const { checkedNs, action, safeCommand, applied, policyVersion } = steps[0]!;
    this.write({
      checkedNs,
      proposedAction: action,
      targets: safeCommand.targets,
      applied: applied.targets,
      reasonCodes: safeCommand.reasonCodes,
      policyVersion,
    });
  }

  /** The loop has ended: a tick without a command is kept, too, as it ended a step. */
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
