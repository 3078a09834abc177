import type { Logger } from '../base/logger.ts';
import { XoshiroRandom } from '../base/random.ts';
import { createEngine, emptyBatch, noiseFor } from '../engine/index.ts';
import type { AlgorithmOptions, Engine, ProblemSizes } from '../engine/port.ts';
import { ReplayMemory } from '../experience/index.ts';
import type { LearnerAlert } from '../experience/port.ts';
import { replayOptions } from './memory-budget.ts';
import { Normalizer } from '../policy/index.ts';
import type { LearnerConfig } from './settings/index.ts';
import { Trainer, type EngineContext } from './trainer.ts';

export interface BuildOptions {
  readonly config: LearnerConfig;
  readonly sizes: ProblemSizes;
  readonly seed: number;
  readonly logger: Logger;
  readonly onAlert: (alert: LearnerAlert) => void;
  /** Another maker of engines (tests); createEngine by default. */
  readonly makeEngine?: (options: AlgorithmOptions) => Promise<Engine>;
}

/** A new trainer: weights from `seed`, random streams forked from it by label. Throws the errors of createEngine. */
export async function buildTrainer(build: BuildOptions): Promise<Trainer> {
  const { config, sizes, seed, logger, onAlert } = build;
  const { engine, backend, threads } = config;
  const make =
    build.makeEngine ??
    ((options: AlgorithmOptions) => createEngine({ engine, backend, threads, options, seed, logger }));
  const stage = async (options: AlgorithmOptions): Promise<EngineContext> => ({
    engine: await make(options),
    noise: noiseFor(options),
  });
  const options: AlgorithmOptions = { ...config.algorithm, ...sizes };
  const switches = (config.proposalSwitchUpdates ?? 0) > 0 && options.proposal !== 'uniform';
  const random = new XoshiroRandom(seed);
  return new Trainer({
    config,
    first: await stage(switches ? { ...options, proposal: 'uniform' } : options),
    second: switches ? await stage(options) : null,
    replay: new ReplayMemory(replayOptions(config, sizes)),
    normalizer: new Normalizer(sizes.observationSize, config.normalizeObservations, config.observationScaleFloor),
    replayRandom: random.fork('replay'),
    noiseRandom: random.fork('noise'),
    batch: emptyBatch(options),
    onAlert,
  });
}
