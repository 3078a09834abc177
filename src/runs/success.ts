import type { Task } from '../task/port.ts';

/** Whether an outcome (Task.outcome) is a success: every one but `none`. */
function isSuccess(outcome: string): boolean {
  return outcome !== 'none';
}

/** How many episodes succeeded, from how many there were of each outcome; null: episodes of this task neither succeed nor fail. */
export function successesOf(
  { outcome: judge }: Pick<Task, 'outcome'>,
  outcomes: Readonly<Record<string, number>>,
): number | null {
  if (judge === undefined) return null;
  return Object.entries(outcomes).reduce((sum, [outcome, count]) => sum + (isSuccess(outcome) ? count : 0), 0);
}

/** The share of successes among the latest episodes. */
export class RecentSuccess {
  private readonly task: Pick<Task, 'outcome'>;
  private readonly size: number;
  private readonly succeeded: boolean[] = [];

  /** `size`: how many episodes count. */
  constructor(task: Pick<Task, 'outcome'>, size = 100) {
    this.task = task;
    this.size = size;
  }

  add(outcome: string | null): void {
    this.succeeded.push(outcome !== null && isSuccess(outcome));
    if (this.succeeded.length > this.size) this.succeeded.shift();
  }

  /** 0 to 1; null: no episode yet, or a task without success. */
  get rate(): number | null {
    if (this.task.outcome === undefined || this.succeeded.length === 0) return null;
    return this.succeeded.filter(Boolean).length / this.succeeded.length;
  }
}
