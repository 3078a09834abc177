import type { Cursor } from '../experience/port.ts';
import type { Transition } from '../robot/transition.ts';

/** An unbroken range of one session that the learner ingested, ends included. */
export interface SequenceRange {
  readonly sessionUuid: string;
  readonly first: number;
  readonly last: number;
}

/** Ranges kept; older ones are evicted from the replay long before. */
const MAX_SEGMENTS = 1000;

/** The transitions that the learner has ingested: its cursor, and the start of its replay in the log. */
export class IngestedRanges {
  private segments: SequenceRange[] = [];

  /** The last transition ingested; `sessionUuid` is empty before the first. */
  get cursor(): Cursor {
    const last = this.segments[this.segments.length - 1];
    return last === undefined
      ? { sessionUuid: '', sequence: -1 }
      : { sessionUuid: last.sessionUuid, sequence: last.last };
  }

  /** false when this transition was taken before. */
  isNew(t: Transition): boolean {
    const { cursor } = this;
    return t.sessionUuid !== cursor.sessionUuid || t.sequence > cursor.sequence;
  }

  /** true when it follows the last one without a gap (or begins a session). */
  follows(t: Transition): boolean {
    const { cursor } = this;
    return t.sessionUuid === cursor.sessionUuid ? t.sequence === cursor.sequence + 1 : true;
  }

  add(t: Transition): void {
    const last = this.segments[this.segments.length - 1];
    if (last !== undefined && t.sessionUuid === last.sessionUuid && t.sequence === last.last + 1) {
      this.segments[this.segments.length - 1] = { ...last, last: t.sequence };
      return;
    }
    this.segments.push({ sessionUuid: t.sessionUuid, first: t.sequence, last: t.sequence });
    if (this.segments.length > MAX_SEGMENTS) this.segments.shift();
  }

  save(): readonly SequenceRange[] {
    return [...this.segments];
  }

  restore(segments: readonly SequenceRange[]): void {
    this.segments = [...segments];
  }
}
