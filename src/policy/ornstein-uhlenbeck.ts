import type { Random } from '../base/random.ts';

const THETA = 0.15;
const SIGMA = 0.3;

/** x' = x - theta x + sigma N(0, 1) an element, theta 0.15, sigma 0.3, starting at 0 (paper, appendix D). */
export class OrnsteinUhlenbeck {
  readonly values: Float64Array;
  private readonly normals: Float64Array;

  constructor(size: number) {
    this.values = new Float64Array(size);
    this.normals = new Float64Array(size);
  }

  reset(): void {
    this.values.fill(0);
  }

  advance(random: Random): void {
    const { values, normals } = this;
    random.fillNormal(normals);
    for (let i = 0; i < values.length; i++) values[i] = values[i]! * (1 - THETA) + SIGMA * normals[i]!;
  }
}
