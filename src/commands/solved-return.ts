/** Pendulum-v1 has no threshold in Gymnasium; the others are those that Gymnasium registers. */
const SOLVED_RETURNS: ReadonlyMap<string, number> = new Map([
  ['Pendulum-v1', -200],
  ['Swimmer-v5', 360],
  ['HalfCheetah-v5', 4800],
  ['Hopper-v5', 3800],
  ['Ant-v5', 6000],
  ['Reacher-v5', -3.75],
  ['InvertedPendulum-v5', 950],
  ['InvertedDoublePendulum-v5', 9100],
]);

/** The mean return of `best` episodes at which a task counts as solved; null where none is defined. */
export function solvedReturnOf(task: string): number | null {
  return SOLVED_RETURNS.get(task) ?? null;
}
