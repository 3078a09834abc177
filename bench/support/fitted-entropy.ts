import { XoshiroRandom } from '../../src/base/random.ts';
import { Network, normalize, type PolicySnapshot } from '../../src/policy/index.ts';

/**
 * Entropy of a policy's actions, nats, by another way than equation (33): at each state a Gaussian is fitted to draws of u, before
 * a = tanh(u), and the mean of sum log(1 - a²) is added; mean over the states. At least the true entropy, as no density of the same spread has more
 * than a Gaussian; of more draws than actions.
 */
export function fittedEntropy(snapshot: PolicySnapshot, observations: readonly Float32Array[], draws: number): number {
  const sampler = samplerOf(snapshot);
  const random = new XoshiroRandom(1);
  const sum = observations.reduce((total, observation) => {
    const sample = Array.from({ length: draws }, () => sampler(observation, random));
    return total + gaussianEntropy(sample) + squashTerm(sample);
  }, 0);
  return sum / observations.length;
}

/** Draws u at an observation. */
function samplerOf({
  meta,
  tensors,
}: PolicySnapshot): (observation: Float32Array, random: XoshiroRandom) => Float64Array {
  const network = new Network(tensors, 'sampler', meta.samplerLayers);
  const size = meta.observationNames.length;
  const input = new Float32Array(size + meta.latentSize);
  const [mean, scale] = [tensors.get('normalizer.mean')!.data, tensors.get('normalizer.scale')!.data];
  const latent = input.subarray(size);
  return (observation, random) => {
    normalize(observation, mean, scale, input.subarray(0, size));
    random.fillNormal(latent);
    return Float64Array.from(network.run(input), (value, k) => value + meta.latentSkip * (latent[k] ?? 0));
  };
}

/** ½ log det(2 pi e C), C the covariance of the sample. */
function gaussianEntropy(sample: readonly Float64Array[]): number {
  const d = sample[0]!.length;
  const mean = Float64Array.from({ length: d }, (_, k) => sample.reduce((sum, u) => sum + u[k]!, 0) / sample.length);
  const covariance = Array.from({ length: d }, (_, k) =>
    Float64Array.from(
      { length: d },
      (_unused, l) => sample.reduce((sum, u) => sum + (u[k]! - mean[k]!) * (u[l]! - mean[l]!), 0) / (sample.length - 1),
    ),
  );
  return 0.5 * (d * Math.log(2 * Math.PI * Math.E) + logDeterminant(covariance));
}

/** Of a positive definite matrix, by its Cholesky factor; the matrix is overwritten. */
function logDeterminant(matrix: readonly Float64Array[]): number {
  let sum = 0;
  for (let k = 0; k < matrix.length; k++) {
    const row = matrix[k]!;
    for (let l = 0; l <= k; l++) {
      const other = matrix[l]!;
      let rest = row[l]!;
      for (let m = 0; m < l; m++) rest -= row[m]! * other[m]!;
      row[l] = l === k ? Math.sqrt(rest) : rest / other[l]!;
    }
    sum += 2 * Math.log(row[k]!);
  }
  return sum;
}

/** The mean of sum log(1 - tanh(u)²), in a form that does not overflow. */
function squashTerm(sample: readonly Float64Array[]): number {
  const of = (u: number): number => 2 * (Math.LN2 - Math.abs(u) - Math.log1p(Math.exp(-2 * Math.abs(u))));
  return sample.reduce((sum, u) => sum + u.reduce((part, value) => part + of(value), 0), 0) / sample.length;
}
