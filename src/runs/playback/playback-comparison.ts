import type { AppliedTick, ClosedTick } from '../../control/index.ts';
import type { PlaybackDriver, PlaybackMismatch } from '../../driver/index.ts';
import type { Recording } from './recording.ts';
import { transitionMismatch, vectorMismatch } from './transition-mismatch.ts';

/** Compares a playback with its recording, tick by tick. Commands are compared by the driver, which has the counts. */
export class PlaybackComparison {
  transitionMismatches = 0;
  private readonly recorded: Recording;
  private readonly driver: PlaybackDriver;
  private readonly actions: 'recomputed' | 'recorded';

  constructor(recorded: Recording, driver: PlaybackDriver, actions: 'recomputed' | 'recorded') {
    this.recorded = recorded;
    this.driver = driver;
    this.actions = actions;
  }

  closed({ steps }: ClosedTick): void {
    const played = steps[0]!.transition;
    const { transition: recorded } = this.recorded;
    // The log may have lost one to a slow disk.
    if (recorded === null) return;
    const found = played === null ? { name: 'missing', recorded: 1, played: 0 } : transitionMismatch(recorded, played);
    if (found === null) return;
    this.transitionMismatches++;
    this.record({ kind: 'transition', ...found });
  }

  applied({ steps }: AppliedTick): void {
    const { action, stale } = steps[0]!;
    const recorded = this.driver.current?.command;
    if (this.actions === 'recorded' || stale || !recorded) return;
    const found = vectorMismatch('', recorded.proposedAction, action);
    if (found !== null) this.record({ kind: 'action', ...found });
  }

  episodeMismatch(played: boolean, recorded: boolean): void {
    this.record({ kind: 'episode', name: 'ended', recorded: Number(recorded), played: Number(played) });
  }

  private record(difference: Omit<PlaybackMismatch, 'tick'>): void {
    const { counts, current } = this.driver;
    const tick = current?.index ?? 0;
    const { firstMismatch: first } = counts;
    // An action differs before the command that it becomes.
    const earlier = first === null || (first.tick === tick && difference.kind === 'action' && first.kind === 'command');
    if (earlier) counts.firstMismatch = { tick, ...difference };
  }
}
