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

export interface SoftValue {
  /** V(s') [batch], reward units. */
  readonly values: Float32Array;
  /** Mean over the batch of the entropy that belongs to V, nats, counted over actions. */
  readonly entropy: number;
}

/**
 * The soft value by importance sampling, equation (10) tilted by lambda:
 * V = (alpha / lambda) log mean_j (exp(Q_j / alpha) / q_j)^lambda; lambda = 1 is (10), lambda -> 0 is mean_j (Q_j - alpha log q_j).
 * With w_j the normalized terms of that mean: H = lambda (V - sum w Q) / alpha - (1 - lambda) sum w log q.
 */
export function softValue(input: SoftValueInput): SoftValue {
  const { q, logDensity, samples, alpha, importanceExponent } = input;
  const batch = q.length / samples;
  const values = new Float32Array(batch);
  const onPolicy = importanceExponent < ON_POLICY_EXPONENT;
  let entropySum = 0;
  for (let b = 0; b < batch; b++) {
    const first = b * samples;
    let high = -Infinity;
    let meanLogWeight = 0;
    for (let j = first; j < first + samples; j++) {
      const logWeight = q[j]! / alpha - logDensity[j]!;
      meanLogWeight += logWeight / samples;
      high = Math.max(high, logWeight);
    }
    let total = 0;
    let weightedQ = 0;
    let weightedLogDensity = 0;
    for (let j = first; j < first + samples; j++) {
      const weight = Math.exp(importanceExponent * (q[j]! / alpha - logDensity[j]! - high));
      total += weight;
      weightedQ += weight * q[j]!;
      weightedLogDensity += weight * logDensity[j]!;
    }
    const value = alpha * (onPolicy ? meanLogWeight : high + Math.log(total / samples) / importanceExponent);
    values[b] = value;
    entropySum +=
      (importanceExponent * (value - weightedQ / total)) / alpha -
      ((1 - importanceExponent) * weightedLogDensity) / total;
  }
  return { values, entropy: entropySum / batch };
}
