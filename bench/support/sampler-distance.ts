import { readFileSync } from 'node:fs';
import { XoshiroRandom } from '../../src/base/random.ts';
import { createPolicy, decodePolicy, Network, normalize, type PolicySnapshot } from '../../src/policy/index.ts';

const BINS = 20;
/** Points of the density per bin and axis. */
const FINE = 8;
const DRAWS = 10_000;
const ACTION_SIZE = 2;

export interface SamplerDistance {
  readonly state: readonly number[];
  /** Half the sum of |share of the sampler's actions - share of exp(Q / alpha)| over the bins. */
  readonly totalVariation: number;
  /** The same for as many draws from the density itself: the score of a perfect sampler. */
  readonly perfect: number;
}

export function readPolicy(file: string): PolicySnapshot {
  return decodePolicy(readFileSync(file), { maxBytes: 64 * 1024 * 1024 });
}

/** Alpha of a policy. */
export function alphaOf(snapshot: PolicySnapshot): number {
  return Math.exp(snapshot.tensors.get('log_alpha')?.data[0] ?? NaN);
}

/** A policy's sampler against exp(min Q / alpha) of its critics at given states, over 20 x 20 bins of its two actions. */
export function samplerDistances(snapshot: PolicySnapshot, states: readonly (readonly number[])[]): SamplerDistance[] {
  const random = new XoshiroRandom(1);
  const observationSize = snapshot.meta.observationNames.length;
  const policy = createPolicy({
    observationSize,
    actionSize: ACTION_SIZE,
    random: random.fork('policy'),
    latentCorrelation: 0,
    exploration: 'none',
  });
  policy.load(snapshot, 1);
  const action = new Float32Array(ACTION_SIZE);
  return states.map((state) => {
    const density = energyShares(snapshot, state);
    const drawn = new Float64Array(BINS ** ACTION_SIZE);
    const ideal = new Float64Array(BINS ** ACTION_SIZE);
    for (let i = 0; i < DRAWS; i++) {
      policy.beginEpisode();
      policy.act(Float32Array.from(state), action, 'sample');
      drawn[BINS * bin(action[0]!) + bin(action[1]!)]! += 1 / DRAWS;
      ideal[draw(density, random.uniform())]! += 1 / DRAWS;
    }
    return { state, totalVariation: distance(drawn, density), perfect: distance(ideal, density) };
  });
}

function bin(a: number): number {
  return Math.min(BINS - 1, Math.floor(((a + 1) / 2) * BINS));
}

function distance(a: Float64Array, b: Float64Array): number {
  return 0.5 * a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0);
}

/** The bin that contains the quantile `u`. */
function draw(shares: Float64Array, u: number): number {
  let sum = 0;
  for (let i = 0; i < shares.length; i++) {
    sum += shares[i]!;
    if (u < sum) return i;
  }
  return shares.length - 1;
}

/** exp(min Q / alpha) over the bins, normalized. */
function energyShares({ meta, tensors }: PolicySnapshot, state: readonly number[]): Float64Array {
  const critics = Array.from(
    { length: meta.criticCount },
    (_, c) => new Network(tensors, `critic${c}`, meta.criticLayers),
  );
  const alpha = Math.exp(tensors.get('log_alpha')?.data[0] ?? NaN);
  const input = new Float32Array(state.length + ACTION_SIZE);
  const normalized = input.subarray(0, state.length);
  const mean = tensors.get('normalizer.mean')!.data;
  normalize(Float32Array.from(state), mean, tensors.get('normalizer.scale')!.data, normalized);
  const points = BINS * FINE;
  const at = (i: number): number => -1 + (2 * (i + 0.5)) / points;
  const energies = new Float64Array(points * points);
  let high = -Infinity;
  for (let i = 0; i < energies.length; i++) {
    input.set([at(Math.floor(i / points)), at(i % points)], state.length);
    energies[i] = Math.min(...critics.map((critic) => critic.run(input)[0]!)) / alpha;
    high = Math.max(high, energies[i]!);
  }
  const shares = new Float64Array(BINS ** ACTION_SIZE);
  let total = 0;
  energies.forEach((energy, i) => {
    const mass = Math.exp(energy - high);
    shares[BINS * bin(at(Math.floor(i / points))) + bin(at(i % points))]! += mass;
    total += mass;
  });
  return shares.map((share) => share / total);
}
