/** The mean return of `best` episodes at which a task counts as solved; null where none is defined. */
export function solvedReturnOf(task: string): number | null {
  return task === 'Pendulum-v1' ? -200 : null;
}
