import { XoshiroRandom } from '../../src/base/random.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { createEngine, emptyBatch, fillNoise, gradientStep, noiseFor } from '../../src/engine/index.ts';
import type { AlgorithmOptions, Batch, Engine } from '../../src/engine/port.ts';

export interface StepperOptions {
  readonly engine: 'native' | 'tensorflow';
  readonly backend: 'auto' | 'tensorflow' | 'wasm' | 'cpu';
  readonly threads: number;
  readonly options: AlgorithmOptions;
}

/** Complete gradient steps of a learner: drawing the noise, then the update. */
export interface Stepper {
  readonly engine: Engine;
  /** Milliseconds of each of `count` steps. */
  run(count: number): number[];
}

function randomBatch(options: AlgorithmOptions): Batch {
  const random = new XoshiroRandom(1);
  const batch = emptyBatch(options);
  random.fillNormal(batch.observations);
  random.fillNormal(batch.nextObservations);
  random.fillUniform(batch.actions, -1, 1);
  random.fillNormal(batch.rewards);
  return batch;
}

export async function createStepper({ engine: kind, backend, threads, options }: StepperOptions): Promise<Stepper> {
  const engine = await createEngine({ engine: kind, backend, options, seed: 1, threads, logger: silentLogger });
  const batch = randomBatch(options);
  const noise = noiseFor(options);
  const random = new XoshiroRandom(2);
  const settings = { alphaMin: 1e-4, alphaMax: 10, alpha: null, rewardFactor: 1 };
  return {
    engine,
    run: (count) =>
      Array.from({ length: count }, () => {
        const startMs = performance.now();
        fillNoise(engine, random, noise, { critics: true, sampler: true });
        const { critic } = gradientStep(engine, { batch, noise, settings, sampler: true });
        if (critic?.finite !== true) throw new Error('a gradient step was not finite');
        return performance.now() - startMs;
      }),
  };
}
