/**
 * Soft value iteration for MultiGoal on a grid: V(p) = alpha log ∫ exp(Q(p, a) / alpha) da over [-1, 1]² (equation 5 of Haarnoja et al.
 * 2017, trapezoid rule on a grid of actions) and Q(p, a) = r + gamma V(p') unless terminated (7). Time is not part of the state: truncated
 * steps bootstrap. Reference for a trained V and Q.
 */

const HALF_WIDTH = 7;
const ACTION_COST = 30;
const GOAL_REWARD = 10;
const GOAL_DISTANCE = 5;

export interface SoftValueOptions {
  /** The temperature in units of reward; from about 1 upwards a grid of 21 x 21 actions resolves exp(Q / alpha). */
  readonly alpha: number;
  readonly discount?: number;
  /** Points of the action grid per axis; odd. Positions are on a grid of the same spacing. */
  readonly actionPoints?: number;
  /** Sweeps end when no value changes by more than this. */
  readonly tolerance?: number;
  /** Receives the largest change of each sweep. */
  readonly onSweep?: (change: number) => void;
}

/** Squared distance of the nearest of the goals (±5, 0), (0, ±5). */
function squaredGoalDistance(x: number, y: number): number {
  const [far, near] = Math.abs(x) > Math.abs(y) ? [Math.abs(x), y] : [Math.abs(y), x];
  return (far - GOAL_DISTANCE) ** 2 + near * near;
}

/** Grid points at exactly 1 m do not reach the goal, however their coordinates are rounded. */
function reachesGoal(squaredDistance: number): boolean {
  return squaredDistance < 1 - 1e-9;
}

/** V and Q of the converged soft value iteration. */
export class MultiGoalSoftValues {
  readonly alpha: number;
  readonly discount: number;
  readonly sweeps: number;
  /** Largest change of the last sweep. */
  readonly change: number;
  /** Coordinates of the action grid per axis, and the weight of each in the integral. */
  readonly actions: Float64Array;
  readonly weights: Float64Array;
  /** Cells from 0 to 7 m per axis; by symmetry one quadrant is sufficient. */
  private readonly cells: number;
  private readonly spacing: number;
  private readonly values: Float64Array;

  constructor(options: SoftValueOptions) {
    const points = options.actionPoints ?? 21;
    this.alpha = options.alpha;
    this.discount = options.discount ?? 0.99;
    this.spacing = 2 / (points - 1);
    this.cells = Math.round(HALF_WIDTH / this.spacing) + 1;
    this.actions = Float64Array.from({ length: points }, (_, k) => (k - (points - 1) / 2) * this.spacing);
    this.weights = Float64Array.from(
      { length: points },
      (_, k) => this.spacing * (k === 0 || k === points - 1 ? 0.5 : 1),
    );
    this.values = new Float64Array(this.cells ** 2);
    const tolerance = options.tolerance ?? 1e-6;
    let change = Infinity;
    let sweeps = 0;
    while (change > tolerance) {
      change = this.sweep();
      sweeps += 1;
      options.onSweep?.(change);
    }
    this.change = change;
    this.sweeps = sweeps;
  }

  /** V at any position within ±7 m: on the grid as iterated, between its points bilinear. */
  at(x: number, y: number): number {
    const [u, v] = [Math.abs(x) / this.spacing, Math.abs(y) / this.spacing];
    const i = Math.min(Math.floor(u), this.cells - 2);
    const j = Math.min(Math.floor(v), this.cells - 2);
    const corner = i * this.cells + j;
    const low = this.values[corner]! * (1 - (v - j)) + this.values[corner + 1]! * (v - j);
    const high = this.values[corner + this.cells]! * (1 - (v - j)) + this.values[corner + this.cells + 1]! * (v - j);
    return low * (1 - (u - i)) + high * (u - i);
  }

  /** Q of any action within [-1, 1]². */
  q(x: number, y: number, action: readonly [number, number]): number {
    const clip = (value: number): number => Math.max(-HALF_WIDTH, Math.min(HALF_WIDTH, value));
    const [nextX, nextY] = [clip(x + action[0]), clip(y + action[1])];
    const squared = squaredGoalDistance(nextX, nextY);
    const onward = reachesGoal(squared) ? GOAL_REWARD : this.discount * this.at(nextX, nextY);
    return -ACTION_COST * (action[0] ** 2 + action[1] ** 2) - squared + onward;
  }

  /** Q on the grid of actions, x-major. */
  qGrid(x: number, y: number): Float64Array {
    const count = this.actions.length;
    return Float64Array.from({ length: count * count }, (_, k) =>
      this.q(x, y, [this.actions[Math.floor(k / count)]!, this.actions[k % count]!]),
    );
  }

  /**
   * One sweep. The action's cost is a sum over its two axes, so the integral over the square is one over y of one over x:
   * 2 x 21 terms per cell instead of 21 x 21, all of them logarithms so that no temperature underflows.
   */
  private sweep(): number {
    const { cells, alpha } = this;
    const onward = new Float64Array(cells * cells);
    for (let i = 0; i < cells; i++) {
      for (let j = 0; j < cells; j++) {
        const squared = squaredGoalDistance(i * this.spacing, j * this.spacing);
        const at = i * cells + j;
        onward[at] = (-squared + (reachesGoal(squared) ? GOAL_REWARD : this.discount * this.values[at]!)) / alpha;
      }
    }
    const overX = this.integrate(onward, cells, 1);
    const overBoth = this.integrate(overX, 1, cells);
    let change = 0;
    for (let at = 0; at < overBoth.length; at++) {
      const value = alpha * overBoth[at]!;
      change = Math.max(change, Math.abs(value - this.values[at]!));
      this.values[at] = value;
    }
    return change;
  }

  /** log ∫ exp(f(p + a) - 30 a² / alpha) da along one axis; `stride` is that axis's, `across` the other's. */
  private integrate(f: Float64Array, stride: number, across: number): Float64Array {
    const { cells, actions, weights } = this;
    const half = (actions.length - 1) / 2;
    const bias = actions.map((a, k) => Math.log(weights[k]!) - (ACTION_COST * a * a) / this.alpha);
    const terms = new Float64Array(actions.length);
    const out = new Float64Array(f.length);
    for (let other = 0; other < cells; other++) {
      for (let i = 0; i < cells; i++) {
        let largest = -Infinity;
        for (let k = -half; k <= half; k++) {
          const next = Math.min(cells - 1, Math.abs(i + k));
          const term = f[next * stride + other * across]! + bias[k + half]!;
          terms[k + half] = term;
          if (term > largest) largest = term;
        }
        let sum = 0;
        for (const term of terms) sum += Math.exp(term - largest);
        out[i * stride + other * across] = largest + Math.log(sum);
      }
    }
    return out;
  }
}
