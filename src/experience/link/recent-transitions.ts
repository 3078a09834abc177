import type { Transition } from '../../robot/transition.ts';

/**
 * The newest transitions of one session, contiguous, in a bounded number of bytes: they bridge the gap between what the log
 * has flushed and what happens now. The oldest fall out; the log has them.
 */
export class RecentTransitions {
  private readonly transitions: (Transition | undefined)[] = [];
  private head = 0;
  private bytes = 0;
  private readonly maxBytes: number;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Sequence of the newest transition added, or -1. */
  get newest(): number {
    return this.transitions[this.transitions.length - 1]?.sequence ?? -1;
  }

  /** Approximate bytes held. */
  get heldBytes(): number {
    return this.bytes;
  }

  get empty(): boolean {
    return this.transitions.length === 0;
  }

  add(transition: Transition): void {
    // A gap (or a step back) would break "contiguous": start over, the log has the missing transitions.
    if (!this.empty && transition.sequence !== this.newest + 1) this.clear();
    this.transitions.push(transition);
    this.bytes += sizeOf(transition);
    while (this.bytes > this.maxBytes && this.head < this.transitions.length - 1) {
      this.bytes -= sizeOf(this.transitions[this.head]!);
      this.transitions[this.head] = undefined;
      this.head++;
    }
    if (this.head > 1024 && this.head * 2 > this.transitions.length) {
      this.transitions.splice(0, this.head);
      this.head = 0;
    }
  }

  /** The transition with this sequence, or null. */
  at(sequence: number): Transition | null {
    const first = this.oldest;
    return sequence < first ? null : (this.transitions[this.head + sequence - first] ?? null);
  }

  /** Sequence of the oldest one held; Infinity when empty. */
  get oldest(): number {
    return this.transitions[this.head]?.sequence ?? Infinity;
  }

  private clear(): void {
    this.transitions.length = 0;
    this.head = 0;
    this.bytes = 0;
  }
}

/** Arrays and the object around them; about right is enough for a bound. */
function sizeOf(t: Transition): number {
  return 4 * (t.observation.length + t.nextObservation.length + t.proposedAction.length + t.appliedAction.length) + 600;
}
