import type { Random } from '../base/random.ts';
import { drawNoise } from './noise.ts';
import type { Batch, CriticInfo, Engine, NoiseParts, SamplerInfo, UpdateNoise, UpdateSettings } from './port.ts';

/** Draws the random numbers of the updates named, by the engine where it can. */
export function fillNoise(engine: Engine, random: Random, noise: UpdateNoise, parts: NoiseParts): void {
  if (engine.drawNoise) engine.drawNoise(random, noise, parts);
  else drawNoise(random, engine.options, noise, parts);
}

export interface GradientStep {
  readonly batch: Batch;
  readonly noise: UpdateNoise;
  readonly settings: UpdateSettings;
  /** Whether this step updates the sampler, too. */
  readonly sampler: boolean;
}

/** The numbers of a gradient step; the updates that were not made are null. */
export interface GradientStepInfo {
  readonly critic: CriticInfo | null;
  readonly sampler: SamplerInfo | null;
}

/**
 * One gradient step: the sampler first, where it is due, at the critics that acted until now, then the critics on the same batch. A sampler
 * update that is not finite ends the step.
 */
export function gradientStep(engine: Engine, { batch, noise, settings, sampler: due }: GradientStep): GradientStepInfo {
  const sampler = due ? engine.updateSampler(batch, noise, settings) : null;
  if (sampler?.finite === false) return { critic: null, sampler };
  return { critic: engine.updateCritic(batch, noise, settings), sampler };
}
