import type { AlgorithmOptions } from '../port.ts';

/** The released code's guard against log 0. */
const RELEASED_EPSILON = 1e-6;

export interface ScoreInput {
  /** Pre-tanh particles, any shape. */
  readonly u: Float32Array;
  /** dQ/da at a = tanh(u), same shape, reward units. */
  readonly actionGradients: Float32Array;
  readonly alpha: number;
  readonly space: AlgorithmOptions['svgdSpace'];
}

/**
 * The gradient of log p that SVGD follows, in the space of SVGD:
 * `u` (1 - a^2) dQ/da / alpha - 2a, the density of the pre-tanh variable; `action` dQ/da / alpha;
 * `action-released` adds the gradient of sum log(1 - a^2) to the latter, as the released code does: a barrier at the border.
 */
export function scores(input: ScoreInput): Float32Array {
  const { u, actionGradients, alpha, space } = input;
  return u.map((ui, i) => {
    const a = Math.tanh(ui);
    const slope = actionGradients[i]! / alpha;
    switch (space) {
      case 'pre-tanh':
        return (1 - a * a) * slope - 2 * a;
      case 'action':
        return slope;
      case 'action-released':
        return slope - (2 * a) / (1 - a * a + RELEASED_EPSILON);
    }
  });
}
