/** The four-goal point mass as plain functions, and its soft optimal values by value iteration on a grid. */
const GOALS = [
  [5, 0],
  [-5, 0],
  [0, 5],
  [0, -5],
] as const;
const EDGE = 7;

export interface Move {
  readonly next: readonly [number, number];
  readonly reward: number;
  readonly terminated: boolean;
}

/** p' = clip(p + a, ±7); -30 |a|² - min_g |p' - g|², +10 and the end within 1 of a goal. */
export function move(p: readonly number[], a: readonly number[]): Move {
  const next = [0, 1].map((i) => Math.max(-EDGE, Math.min(EDGE, p[i]! + a[i]!))) as [number, number];
  const squared = Math.min(...GOALS.map(([x, y]) => (next[0] - x) ** 2 + (next[1] - y) ** 2));
  const terminated = squared < 1;
  return { next, terminated, reward: -30 * (a[0]! ** 2 + a[1]! ** 2) - squared + (terminated ? 10 : 0) };
}

/** Midpoints of `cells` cells a dimension over [-1, 1]². */
export function actionGrid(cells: number): number[][] {
  const axis = Array.from({ length: cells }, (_, i) => -1 + (2 * (i + 0.5)) / cells);
  return axis.flatMap((x) => axis.map((y) => [x, y]));
}

/** alpha log of the integral over [-1, 1]² of exp(q / alpha), q at the points of actionGrid. */
export function softValueOf(q: readonly number[], alpha: number): number {
  const high = Math.max(...q);
  const sum = q.reduce((total, value) => total + Math.exp((value - high) / alpha), 0);
  return high + alpha * Math.log((4 * sum) / q.length);
}

const NODES = 41;
const CELLS = 13;

export interface SoftValues {
  /** V by bilinear interpolation. */
  value(p: readonly number[]): number;
  q(p: readonly number[], a: readonly number[]): number;
}

/** Soft value iteration (equations 5 and 7) on 41 x 41 states and 13 x 13 actions until no value changes by more than 0.05. */
export function solveMultiGoal(alpha: number, discount: number): SoftValues {
  const at = (i: number): number => -EDGE + (2 * EDGE * i) / (NODES - 1);
  const actions = actionGrid(CELLS);
  let values = new Float64Array(NODES * NODES);
  const value = ([x, y]: readonly number[]): number => {
    const [gx, gy] = [x!, y!].map((c) => ((c + EDGE) / (2 * EDGE)) * (NODES - 1)) as [number, number];
    const [i, j] = [Math.min(NODES - 2, Math.floor(gx)), Math.min(NODES - 2, Math.floor(gy))];
    const [fx, fy] = [gx - i, gy - j];
    const node = (di: number, dj: number): number => values[(i + di) * NODES + j + dj]!;
    return (1 - fx) * ((1 - fy) * node(0, 0) + fy * node(0, 1)) + fx * ((1 - fy) * node(1, 0) + fy * node(1, 1));
  };
  const q = (p: readonly number[], a: readonly number[]): number => {
    const { next, reward, terminated } = move(p, a);
    return reward + (terminated ? 0 : discount * value(next));
  };
  for (let sweep = 0, change = Infinity; change > 0.05 && sweep < 500; sweep++) {
    change = 0;
    const after = new Float64Array(values.length);
    for (let node = 0; node < values.length; node++) {
      const p = [at(Math.floor(node / NODES)), at(node % NODES)];
      after[node] = softValueOf(
        actions.map((a) => q(p, a)),
        alpha,
      );
      change = Math.max(change, Math.abs(after[node]! - values[node]!));
    }
    values = after;
  }
  return { value, q };
}
