import { createEngine, noiseFor, drawNoise } from '/work/main/src/engine/index.ts';
import { XoshiroRandom } from '/work/main/src/base/random.ts';
import * as tf from '@tensorflow/tfjs-core';
const w = process.argv[2] ?? 'P';
const backend = (process.argv[3] ?? 'wasm') as 'wasm';
const common = {
  observationSize: 17,
  actionSize: 6,
  batchSize: 128,
  fixedParticles: 16,
  updatedParticles: 16,
  valueSamples: 16,
  tilt: 1,
  kernelDistances: 'cross',
  kernelFactor: 'log-plus-one',
  repulsion: true,
  latent: 'normal',
  target: 'soft-value',
  targetTau: 0.005,
  targetCopySteps: 0,
  alphaStart: 1,
  alphaLearningRate: 3e-4,
  targetEntropy: -6,
  criticLearningRate: 3e-4,
  samplerLearningRate: 3e-4,
  adamBeta1: 0.9,
  adamBeta2: 0.999,
  adamEpsilon: 1e-8,
  discount: 0.99,
  rewardScale: 1,
} as const;
const P = {
  ...common,
  hiddenUnits: [128, 128],
  criticCount: 1,
  criticLayerNorm: false,
  proposal: 'uniform',
  proposalUniformFraction: 1,
  proposalSigma: 0.3,
  space: 'action-squash',
  temperature: 'fixed',
} as const;
const D = {
  ...common,
  hiddenUnits: [256, 256],
  criticCount: 2,
  criticLayerNorm: true,
  proposal: 'mixture',
  proposalUniformFraction: 0.25,
  proposalSigma: 0.3,
  space: 'u',
  temperature: 'automatic',
} as const;
const S = {
  ...D,
  hiddenUnits: [64, 64],
  observationSize: 3,
  actionSize: 1,
  targetEntropy: -1,
  batchSize: 64,
  fixedParticles: 8,
  updatedParticles: 8,
  proposalUniformFraction: 0,
  proposalSigma: 0.2,
} as const;
const options = w === 'P' ? P : w === 'D' ? D : S;
const lines: string[] = [];
const logger = {
  debug() {},
  info(m: string) {
    console.log(m);
  },
  warning() {},
  error() {},
};
const engine = await createEngine({ engine: 'tensorflow', backend, options, seed: 1, threads: 1, logger });
const r = new XoshiroRandom(2);
const B = options.batchSize,
  o = options.observationSize,
  d = options.actionSize;
const batch = {
  observations: new Float32Array(B * o),
  nextObservations: new Float32Array(B * o),
  actions: new Float32Array(B * d),
  rewards: new Float32Array(B),
  terminated: new Float32Array(B),
};
r.fillNormal(batch.observations);
r.fillNormal(batch.nextObservations);
r.fillUniform(batch.actions, -1, 1);
r.fillNormal(batch.rewards);
const noise = noiseFor(options);
const settings = { alphaMin: 1e-4, alphaMax: 10, alpha: null };
const N = Number(process.argv[4] ?? 30);
const times: number[] = [];
for (let i = 0; i < N; i++) {
  drawNoise(r, options, noise);
  const t = performance.now();
  const info = engine.update(batch, noise, settings);
  times.push(performance.now() - t);
  if (i % 10 === 0 || i === N - 1) console.log(i, JSON.stringify(info), tf.memory().numTensors);
}
times.sort((a, b) => a - b);
console.log(w, engine.description, 'median', times[N >> 1]!.toFixed(2), 'best', times[0]!.toFixed(2));
