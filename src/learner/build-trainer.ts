import type { Logger } from '../base/logger.ts';
import { XoshiroRandom } from '../base/random.ts';
import { createEngine, emptyBatch, initialState, noiseFor } from '../engine/index.ts';
import type { AlgorithmOptions, Engine, ProblemSizes } from '../engine/port.ts';
import { ReplayMemory } from '../experience/index.ts';
import type { LearnerAlert } from '../experience/port.ts';
import { replayOptions } from './memory-budget.ts';
import { Normalizer } from '../policy/index.ts';
import type { PriorLog } from './prior-logs.ts';
import type { LearnerConfig } from './settings/index.ts';
import { Trainer, type EngineContext } from './trainer.ts';

export interface BuildOptions {
  readonly config: LearnerConfig;
  readonly sizes: ProblemSizes;
  readonly seed: number;
  /** Logs for which memories are made; empty ones. */
  readonly prior: readonly Pick<PriorLog, 'share' | 'rows'>[];
  readonly logger: Logger;
  readonly onAlert: (alert: LearnerAlert) => void;
  /** Another maker of engines (tests); createEngine by default. */
  readonly makeEngine?: (options: AlgorithmOptions) => Promise<Engine>;
}

/** A new trainer: weights from `seed`, random streams forked from it by label. Throws the errors of createEngine. */
export async function buildTrainer(build: BuildOptions): Promise<Trainer> {
  const { config, sizes, seed, prior, logger, onAlert } = build;
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
    prior: prior.map(({ share, rows }) => ({ share, memory: new ReplayMemory(replayOptions(config, sizes, rows)) })),
    normalizer: new Normalizer(sizes.observationSize, config.normalizeObservations, config.observationScaleFloor),
    replayRandom: random.fork('replay'),
    noiseRandom: random.fork('noise'),
    batch: emptyBatch(options),
    freshState: (reset) => initialState(options, random.fork(`reset ${reset}`)),
    onAlert,
  });
}
