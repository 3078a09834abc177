/**
 * The optimum of Pendulum-v1 by dynamic programming: backward value iteration over 200 undiscounted steps on a grid of theta and
 * thetaDot with bilinear interpolation. The reported optimum is the return of the greedy policy for these values in the exact
 * world, so it is attainable: a lower bound of the true optimum that grows with the grid.
 */

const HORIZON = 200;
const DT_S = 0.05;
const MAX_VELOCITY = 8;
const MAX_TORQUE = 2;
/** 3 g / (2 l) and 3 / (m l²). */
const GRAVITY = 15;
const TORQUE_GAIN = 3;
const TURN = 2 * Math.PI;
/** Change per step below which later steps are not affected. */
const SETTLED = 1e-3;

export interface PendulumGrid {
  /** Points around the circle; even, so that 0 and -pi are among them. */
  readonly angles: number;
  /** Points from -8 to 8 rad/s; odd, so that 0 is among them. */
  readonly velocities: number;
  /** Torques from -2 to 2 N m; odd. */
  readonly torques: number;
}

/** About 8 s and 230 MB. The mean over random starts is within about 0.5 of the limit of fine grids. */
export const DEFAULT_GRID: PendulumGrid = { angles: 1000, velocities: 481, torques: 9 };

export interface PendulumStart {
  readonly qpos: readonly number[];
  readonly qvel: readonly number[];
}

export interface PendulumOptimum {
  /** Return of the greedy policy in the exact world. */
  readonly reached: number;
  /** The value function of the grid. */
  readonly value: number;
}

function normalize(angle: number): number {
  return angle - TURN * Math.floor((angle + Math.PI) / TURN);
}

function stageReward(angle: number, velocity: number, torque: number): number {
  const theta = normalize(angle);
  return -(theta * theta + 0.1 * velocity * velocity + 0.001 * torque * torque);
}

function nextVelocity(angle: number, velocity: number, torque: number): number {
  const next = velocity + (GRAVITY * Math.sin(angle) + TORQUE_GAIN * torque) * DT_S;
  return Math.max(-MAX_VELOCITY, Math.min(MAX_VELOCITY, next));
}

/** Value functions for each number of remaining steps, on one grid. */
export class PendulumValues {
  readonly grid: PendulumGrid;
  /** tables[k]: the best return of k steps, angle-major; the last one applies to all longer times. */
  private readonly tables: Float32Array[];

  constructor(grid: PendulumGrid = DEFAULT_GRID) {
    this.grid = grid;
    const size = (grid.angles + 1) * grid.velocities;
    this.tables = [new Float32Array(size)];
    for (let left = 1; left <= HORIZON; left++) {
      const next = new Float32Array(size);
      this.tables.push(next);
      // When every state can reach upright in time, another step changes no value.
      if (this.sweep(this.tables[left - 1]!, next) < SETTLED) break;
    }
  }

  /** The grid's value with `left` steps to go, bilinear; the angle is any number, the velocity within ±8. */
  at(left: number, angle: number, velocity: number): number {
    const { angles, velocities } = this.grid;
    const x = ((normalize(angle) + Math.PI) / TURN) * angles;
    const y = ((velocity + MAX_VELOCITY) / (2 * MAX_VELOCITY)) * (velocities - 1);
    const column = Math.min(angles - 1, Math.max(0, Math.floor(x)));
    const row = Math.min(velocities - 2, Math.max(0, Math.floor(y)));
    const table = this.tables[Math.min(left, this.tables.length - 1)]!;
    const at = column * velocities + row;
    const low = table[at]! + (y - row) * (table[at + 1]! - table[at]!);
    const high = table[at + velocities]! + (y - row) * (table[at + velocities + 1]! - table[at + velocities]!);
    return low + (x - column) * (high - low);
  }

  /** The torque that is best by these values: a scan refined around its best point. */
  greedyTorque(left: number, angle: number, velocity: number): number {
    const score = (torque: number): number => {
      const next = nextVelocity(angle, velocity, torque);
      return stageReward(angle, velocity, torque) + this.at(left - 1, angle + next * DT_S, next);
    };
    let best = 0;
    let bestScore = score(0);
    let width = MAX_TORQUE;
    let center = 0;
    for (let round = 0; round < 3; round++) {
      for (let i = -20; i <= 20; i++) {
        const torque = Math.max(-MAX_TORQUE, Math.min(MAX_TORQUE, center + (i / 20) * width));
        const value = score(torque);
        if (value > bestScore) {
          bestScore = value;
          best = torque;
        }
      }
      center = best;
      width /= 20;
    }
    return best;
  }

  /** Acts greedily from a start for the full horizon in the exact world. */
  optimum(startAngle: number, startVelocity: number): PendulumOptimum {
    let angle = startAngle;
    let velocity = startVelocity;
    let reached = 0;
    for (let left = HORIZON; left > 0; left--) {
      const torque = this.greedyTorque(left, angle, velocity);
      reached += stageReward(angle, velocity, torque);
      velocity = nextVelocity(angle, velocity, torque);
      angle += velocity * DT_S;
    }
    return { reached, value: this.at(HORIZON, startAngle, startVelocity) };
  }

  /** One step of value iteration; returns the largest change. */
  private sweep(before: Float32Array, next: Float32Array): number {
    const { angles, velocities, torques } = this.grid;
    const perAngle = angles / TURN;
    const perVelocity = (velocities - 1) / (2 * MAX_VELOCITY);
    let change = 0;
    // V(-theta, -thetaDot) = V(theta, thetaDot): half of the circle is enough.
    for (let i = 0; i <= angles / 2; i++) {
      const angle = i / perAngle - Math.PI;
      const push = GRAVITY * Math.sin(angle) * DT_S;
      for (let j = 0; j < velocities; j++) {
        const velocity = j / perVelocity - MAX_VELOCITY;
        let best = -Infinity;
        for (let k = 0; k < torques; k++) {
          const torque = MAX_TORQUE * ((2 * k) / (torques - 1) - 1);
          let nextV = velocity + push + TORQUE_GAIN * torque * DT_S;
          if (nextV > MAX_VELOCITY) nextV = MAX_VELOCITY;
          else if (nextV < -MAX_VELOCITY) nextV = -MAX_VELOCITY;
          let x = i + nextV * DT_S * perAngle;
          if (x < 0) x += angles;
          else if (x >= angles) x -= angles;
          const y = (nextV + MAX_VELOCITY) * perVelocity;
          const column = x | 0;
          const row = Math.min(y | 0, velocities - 2);
          const at = column * velocities + row;
          const dy = y - row;
          const low = before[at]! + dy * (before[at + 1]! - before[at]!);
          const high = before[at + velocities]! + dy * (before[at + velocities + 1]! - before[at + velocities]!);
          const value = low + (x - column) * (high - low) - 0.001 * torque * torque;
          if (value > best) best = value;
        }
        const at = i * velocities + j;
        next[at] = best - angle * angle - 0.1 * velocity * velocity;
        next[(angles - i) * velocities + (velocities - 1 - j)] = next[at]!;
        change = Math.max(change, Math.abs(next[at] - before[at]!));
      }
    }
    return change;
  }
}

/** The best return of 200 steps of Pendulum-v1 from each start (qpos [theta], qvel [thetaDot]). */
export function optimalReturns(starts: readonly PendulumStart[], values = new PendulumValues()): number[] {
  return starts.map(({ qpos, qvel }) => values.optimum(qpos[0]!, qvel[0]!).reached);
}
