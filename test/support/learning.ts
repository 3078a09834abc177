import { readFileSync } from 'node:fs';
import JSON5 from 'json5';
import { silentLogger } from '../../src/base/logger.ts';
import { type Random, XoshiroRandom } from '../../src/base/random.ts';
import {
  type AlgorithmOptions,
  type AlgorithmSettings,
  type Batch,
  createEngine,
  emptyBatch,
  type Engine,
  type UpdateSettings,
} from '../../src/engine/index.ts';
import { withWidths } from './networks.ts';

export const PRESETS = ['paper', 'released', 'default', 'fast', 'map', 'ddpg'] as const;
export type PresetName = (typeof PRESETS)[number];
export type BackendName = 'tensorflow' | 'wasm' | 'cpu';

interface PresetFile {
  readonly learner: AlgorithmSettings;
}

/** Changed options; `widths` are those of all hidden layers. */
export type Changes = Partial<AlgorithmOptions> & { readonly widths?: readonly number[] };

/** A preset file's options for a problem of this size, with changes on top. */
export function presetOptions(
  preset: PresetName,
  { observationSize, actionSize }: { observationSize: number; actionSize: number },
  { widths, ...changes }: Changes = {},
): AlgorithmOptions {
  const text = readFileSync(new URL(`../../config/presets/${preset}.json5`, import.meta.url), 'utf8');
  const { learner } = JSON5.parse<PresetFile>(text);
  const options = { ...learner, observationSize, actionSize, discount: 0.99, ...changes };
  return widths === undefined ? options : withWidths(options, widths);
}

export const SETTINGS: UpdateSettings = { alphaMin: 1e-4, alphaMax: 10, alpha: null, rewardFactor: 1 };

/** A fresh tensorflow engine on one backend. */
export function engineOn(backend: BackendName | 'native', options: AlgorithmOptions, seed = 1): Promise<Engine> {
  const common = { options, seed, threads: 1, logger: silentLogger };
  if (backend === 'native') return createEngine({ ...common, engine: 'native', backend: 'auto' });
  return createEngine({ ...common, engine: 'tensorflow', backend });
}

/** A minibatch of normal observations, uniform actions and normal rewards; every fourth state is terminal. */
export function randomBatch(options: AlgorithmOptions, random: Random = new XoshiroRandom(5)): Batch {
  const batch = emptyBatch(options);
  for (let b = 3; b < batch.terminated.length; b += 4) batch.terminated[b] = 1;
  random.fillNormal(batch.observations);
  random.fillNormal(batch.nextObservations);
  random.fillUniform(batch.actions, -1, 1);
  random.fillNormal(batch.rewards);
  // Two kinds of rows, as of one step and of three.
  for (let b = 0; b < batch.discounts.length; b += 2) batch.discounts[b]! **= 3;
  return batch;
}
