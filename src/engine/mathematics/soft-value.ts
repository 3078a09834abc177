/** Below this tilt the estimate is its limit at 0. */
const ON_POLICY_EXPONENT = 1e-6;

export interface SoftValueInput {
  /** Q(s', a_j) [batch, samples], reward units: the minimum over the target critics. */
  readonly q: Float32Array;
  /** log q(a_j) [batch, samples], nats. */
  readonly logDensity: Float32Array;
  readonly samples: number;
  readonly alpha: number;
  /** lambda in [0, 1]. */
  readonly importanceExponent: number;
}

/**
 * V(s') [batch] by importance sampling, equation (10) tilted by lambda, reward units:
 * V = (alpha / lambda) log mean_j (exp(Q_j / alpha) / q_j)^lambda; lambda = 1 is (10), lambda -> 0 is mean_j (Q_j - alpha log q_j).
 */
export function softValue(input: SoftValueInput): Float32Array {
  const { q, logDensity, samples, alpha, importanceExponent } = input;
  const values = new Float32Array(q.length / samples);
  const onPolicy = importanceExponent < ON_POLICY_EXPONENT;
  for (let b = 0; b < values.length; b++) {
    const first = b * samples;
    let high = -Infinity;
    let meanLogWeight = 0;
    for (let j = first; j < first + samples; j++) {
      const logWeight = q[j]! / alpha - logDensity[j]!;
      meanLogWeight += logWeight / samples;
      high = Math.max(high, logWeight);
    }
    let total = 0;
    for (let j = first; j < first + samples; j++)
      total += Math.exp(importanceExponent * (q[j]! / alpha - logDensity[j]! - high));
    values[b] = alpha * (onPolicy ? meanLogWeight : high + Math.log(total / samples) / importanceExponent);
  }
  return values;
}
