import { latentSize } from '../../src/engine/index.ts';
import type { AlgorithmOptions, Batch, UpdateNoise } from '../../src/engine/index.ts';
import { forward, minQ, type Parameters } from './reference-network.ts';

// One update of soft Q-learning written a second time, in float64 and the plainest loops, to check engines against. A parameter can be
// moved with `nudge` so that losses can be differentiated numerically.

/** u = f(xi; s) + latentSkip xi. */
function sampled(
  { options, parameters }: Pick<ReferenceInput, 'options' | 'parameters'>,
  prefix: string,
  observation: readonly number[],
  latent: readonly number[],
): number[] {
  const u = forward(options, parameters, prefix, [...observation, ...latent]);
  return options.latentSkip === 0 ? u : u.map((value, i) => value + options.latentSkip * latent[i]!);
}

function slice(array: ArrayLike<number>, row: number, size: number): number[] {
  return Array.from({ length: size }, (_, i) => array[row * size + i]!);
}

const logSlope = (u: number): number => 2 * (Math.log(2) - Math.abs(u) - Math.log1p(Math.exp(-2 * Math.abs(u))));
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const logMeanExp = (values: readonly number[]): number => {
  const high = Math.max(...values);
  return high + Math.log(sum(values.map((v) => Math.exp(v - high))) / values.length);
};
const clamp = (x: number, limit: number): number => Math.max(-limit, Math.min(limit, x));

function determinant(m: number[][]): number {
  if (m.length === 1) return m[0]![0]!;
  return m[0]!.reduce((total, value, j) => {
    const minor = m.slice(1).map((row) => row.filter((_, k) => k !== j));
    return total + (j % 2 === 0 ? 1 : -1) * value * determinant(minor);
  }, 0);
}

/** log |det df/dxi|, by central differences. */
function logDeterminant(f: (latent: number[]) => number[], latent: number[]): number {
  const jacobian = latent.map((_, k) => {
    const moved = (by: number): number[] => f(latent.map((x, i) => (i === k ? x + by : x)));
    const [up, down] = [moved(1e-5), moved(-1e-5)];
    return up.map((value, i) => (value - down[i]!) / 2e-5);
  });
  return Math.log(Math.abs(determinant(jacobian)));
}

/** The sampler's entropy by (33) at s, with the first fixed latent of each state. */
export function referenceEntropy({ options, parameters, batch, noise }: ReferenceInput): number {
  const { actionSize: d, batchSize, observationSize, fixedParticles } = options;
  if (options.latent === 'zero' || latentSize(options) !== d) return 0;
  const states = options.temperature === 'automatic' ? batchSize : Math.ceil(batchSize / 8);
  const terms = Array.from({ length: states }, (_, b) => {
    const observation = slice(batch.observations, b, observationSize);
    const f = (latent: number[]): number[] => sampled({ options, parameters }, 'sampler', observation, latent);
    const latent = slice(noise.fixedLatents, b * fixedParticles, d);
    return logDeterminant(f, latent) + sum(f(latent).map(logSlope));
  });
  return 0.5 * d * Math.log(2 * Math.PI * Math.E) + sum(terms) / states;
}

/** Samples of q and their log density for state row b. */
function proposal(
  options: AlgorithmOptions,
  parameters: Parameters,
  noise: UpdateNoise,
  at: { b: number; next: number[] },
) {
  const { actionSize: d, valueSamples: n, proposalSigma: sigma, proposalUniformFraction: beta } = options;
  const rows = Array.from({ length: n }, (_, j) => at.b * n + j);
  if (options.proposal === 'uniform')
    return rows.map((row) => ({ action: slice(noise.valueUniform, row, d), logDensity: -d * Math.log(2) }));
  const f = (latent: number[]): number[] => sampled({ options, parameters }, 'sampler', at.next, latent);
  if (options.proposal === 'sampler')
    return rows.map((row) => {
      const latent = slice(noise.valueLatents, row, d);
      const u = f(latent);
      const logNormal = sum(latent.map((x) => -0.5 * x * x - 0.5 * Math.log(2 * Math.PI)));
      return { action: u.map(Math.tanh), logDensity: logNormal - logDeterminant(f, latent) - sum(u.map(logSlope)) };
    });
  const centers = rows.map((row) => f(slice(noise.valueLatents, row, latentSize(options))).map((u) => clamp(u, 3)));
  return rows.map((row, j) => {
    const jitter = slice(noise.valueJitter, row, d);
    const uniform = beta > 0 && noise.valueChoice[row]! < beta;
    const free = uniform
      ? slice(noise.valueUniform, row, d).map((a) => Math.atanh(clamp(a, 0.9999)))
      : centers[j]!.map((c, i) => c + sigma * jitter[i]!);
    const u = free.map((x) => clamp(x, Math.atanh(0.9999)));
    const kernels = centers.map((c) =>
      sum(c.map((ci, i) => -0.5 * ((u[i]! - ci) / sigma) ** 2 - Math.log(sigma * Math.sqrt(2 * Math.PI)))),
    );
    const density = beta * 2 ** -d + (1 - beta) * Math.exp(logMeanExp(kernels) - sum(u.map(logSlope)));
    return { action: u.map(Math.tanh), logDensity: Math.log(density) };
  });
}

export interface ReferenceInput {
  readonly options: AlgorithmOptions;
  readonly parameters: Parameters;
  readonly batch: Batch;
  readonly noise: UpdateNoise;
  readonly alpha: number;
  readonly rewardFactor?: number;
}

/** y and V of every state of the batch. */
export function referenceTargets(input: ReferenceInput): { targets: number[]; values: number[] } {
  const { options, batch, noise, alpha, parameters } = input;
  const { observationSize, valueSamples: n, importanceExponent } = options;
  const values: number[] = [];
  for (let b = 0; b < options.batchSize; b++) {
    const next = slice(batch.nextObservations, b, observationSize);
    if (options.criticTarget === 'action-value') {
      const q = Array.from({ length: n }, (_, j) => {
        const u = sampled(input, 'target_sampler', next, slice(noise.valueLatents, b * n + j, latentSize(options)));
        return minQ(input, 'target_critic', next, u.map(Math.tanh));
      });
      values.push(sum(q) / n);
      continue;
    }
    const samples = proposal(options, parameters, noise, { b, next });
    const q = samples.map(({ action }) => minQ(input, 'target_critic', next, action));
    const logWeights = samples.map(({ logDensity }, j) => q[j]! / alpha - logDensity);
    const value =
      importanceExponent === 0
        ? (alpha * sum(logWeights)) / n
        : (alpha / importanceExponent) * logMeanExp(logWeights.map((w) => importanceExponent * w));
    values.push(value);
  }
  const scale = options.rewardScale * (input.rewardFactor ?? 1);
  const targets = values.map(
    (v, b) => scale * batch.rewards[b]! + batch.discounts[b]! * (1 - batch.terminated[b]!) * v,
  );
  return { targets, values };
}

/** Sum over the critics of 1/2 mean (y - Q)^2, equation (11). */
export function referenceCriticLoss(input: ReferenceInput, targets: readonly number[]): number {
  const { options, parameters, batch } = input;
  let loss = 0;
  for (let c = 0; c < options.criticCount; c++) {
    for (let b = 0; b < options.batchSize; b++) {
      const row = [
        ...slice(batch.observations, b, options.observationSize),
        ...slice(batch.actions, b, options.actionSize),
      ];
      loss += (0.5 * (targets[b]! - forward(options, parameters, `critic${c}`, row)[0]!) ** 2) / options.batchSize;
    }
  }
  return loss;
}

function kernelFactor(options: AlgorithmOptions): number {
  const K = options.fixedParticles;
  return { 'two-log-plus-one': 2 * Math.log(K + 1), log: Math.log(K), 'log-plus-one': Math.log(K + 1) }[
    options.kernelFactor
  ];
}

const squaredDistance = (a: readonly number[], b: readonly number[]): number => sum(a.map((x, i) => (x - b[i]!) ** 2));

/** The place of a particle in the space of SVGD. */
function particle(
  input: ReferenceInput,
  latents: Float32Array,
  row: number,
): { u: number[]; place: number[]; observation: number[] } {
  const { options, batch } = input;
  const size = latentSize(options);
  const b = Math.floor(row / (latents.length / size / options.batchSize));
  const observation = slice(batch.observations, b, options.observationSize);
  const u = sampled(input, 'sampler', observation, slice(latents, row, size));
  return { u, observation, place: options.svgdSpace === 'pre-tanh' ? u : u.map(Math.tanh) };
}

/** The latents of the particles that are updated. */
function updatedLatents({ options, noise }: ReferenceInput): Float32Array {
  return options.sharedParticles ? noise.fixedLatents : noise.updatedLatents;
}

/** phi at every updated particle [batch * M][d], equation (13) over alpha. */
export function referencePhi(input: ReferenceInput): number[][] {
  const { options, noise, alpha } = input;
  const { fixedParticles: K, sharedParticles, batchSize } = options;
  const M = sharedParticles ? K : options.updatedParticles;
  const phi: number[][] = [];
  for (let b = 0; b < batchSize; b++) {
    const fixed = Array.from({ length: K }, (_, i) => particle(input, noise.fixedLatents, b * K + i));
    const updated = Array.from({ length: M }, (_, m) => particle(input, updatedLatents(input), b * M + m));
    const scores = fixed.map(({ u, observation }) => {
      const a = u.map(Math.tanh);
      return a.map((ai, k) => {
        const q = (by: number): number =>
          minQ(
            input,
            'critic',
            observation,
            a.map((x, i) => (i === k ? x + by : x)),
          );
        const slope = (q(1e-5) - q(-1e-5)) / 2e-5 / alpha;
        if (options.svgdSpace === 'pre-tanh') return (1 - ai * ai) * slope - 2 * ai;
        return options.svgdSpace === 'action' ? slope : slope - (2 * ai) / (1 - ai * ai + 1e-6);
      });
    });
    const distances: number[] = [];
    for (let i = 0; i < K; i++) {
      if (options.kernelDistances === 'cross' && !sharedParticles)
        for (const y of updated) distances.push(squaredDistance(fixed[i]!.place, y.place));
      else for (let j = i + 1; j < K; j++) distances.push(squaredDistance(fixed[i]!.place, fixed[j]!.place));
    }
    distances.sort((x, y) => x - y);
    const median = distances.length === 0 ? 0 : distances[Math.floor((distances.length - 1) / 2)]!;
    const h = Math.max(median / kernelFactor(options), 1e-3);
    for (const [m, y] of updated.entries()) {
      const total = y.place.map((yk, k) =>
        sum(
          fixed.map((x, i) => {
            if (sharedParticles && i === m) return 0;
            const kernel = Math.exp(-squaredDistance(x.place, y.place) / h);
            return kernel * scores[i]![k]! + (options.repulsion ? kernel * (-2 / h) * (x.place[k]! - yk) : 0);
          }),
        ),
      );
      phi.push(total.map((t) => t / (sharedParticles ? K - 1 : K)));
    }
  }
  return phi;
}

/** -mean over batch and particles of <phi, a~>, phi held constant, equation (14). */
export function referenceSamplerLoss(input: ReferenceInput, phi: readonly number[][]): number {
  return (
    -sum(phi.map((pull, row) => sum(particle(input, updatedLatents(input), row).place.map((y, k) => y * pull[k]!)))) /
    phi.length
  );
}

/** The central difference of `loss` by one element of one parameter. */
export function nudge(parameters: Parameters, name: string, element: number, loss: () => number): number {
  const array = parameters.get(name)!;
  const original = array[element]!;
  const step = 1e-5;
  array[element] = original + step;
  const up = loss();
  array[element] = original - step;
  const down = loss();
  array[element] = original;
  return (up - down) / (2 * step);
}
