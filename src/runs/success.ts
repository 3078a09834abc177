/** Kinds of tasks in which an episode either ends with the outcome `success` or with none. */
const KINDS_WITH_SUCCESS: ReadonlySet<string> = new Set(['reach', 'swing-up']);

/** Whether an outcome (Task.outcome) is a success: every one but `none`. */
function isSuccess(outcome: string | null): boolean {
  return outcome !== null && outcome !== 'none';
}

/**
 * How many episodes succeeded, from how many there were of each outcome; null: episodes of this kind of task do not succeed or fail.
 * A task whose episodes had outcomes is judged by them, whatever its kind.
 */
export function successesOf(kind: string, outcomes: Readonly<Record<string, number>>): number | null {
  const counts = Object.entries(outcomes);
  if (counts.length === 0) return KINDS_WITH_SUCCESS.has(kind) ? 0 : null;
  return counts.reduce((sum, [outcome, count]) => sum + (isSuccess(outcome) ? count : 0), 0);
}

/** The share of successes among the latest episodes. */
export class RecentSuccess {
  private readonly kind: string;
  private readonly size: number;
  private readonly outcomes: (string | null)[] = [];

  /** `kind`: of the task; `size`: how many episodes count. */
  constructor(kind: string, size = 100) {
    this.kind = kind;
    this.size = size;
  }

  add(outcome: string | null): void {
    this.outcomes.push(outcome);
    if (this.outcomes.length > this.size) this.outcomes.shift();
  }

  /** 0 to 1; null: no episode yet, or a task without success. */
  get rate(): number | null {
    const counts: Record<string, number> = {};
    for (const outcome of this.outcomes) if (outcome !== null) counts[outcome] = (counts[outcome] ?? 0) + 1;
    const successes = this.outcomes.length === 0 ? null : successesOf(this.kind, counts);
    return successes === null ? null : successes / this.outcomes.length;
  }
}
