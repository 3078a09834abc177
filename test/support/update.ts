import { gradientStep } from '../../src/engine/index.ts';
import type {
  Batch,
  CriticInfo,
  Engine,
  EngineState,
  SamplerInfo,
  UpdateInfo,
  UpdateNoise,
  UpdateSettings,
} from '../../src/engine/port.ts';

type Input = readonly [batch: Batch, noise: UpdateNoise, settings: UpdateSettings];

function joined(critic: CriticInfo, sampler: SamplerInfo): UpdateInfo {
  return { ...sampler, ...critic, finite: sampler.finite && critic.finite };
}

/** A gradient step of sampler and critics, as the trainer makes it; not finite where one of them is not. */
export function update(engine: Engine, ...[batch, noise, settings]: Input): UpdateInfo {
  const { critic, sampler } = gradientStep(engine, { batch, noise, settings, sampler: true });
  return critic === null ? ({ ...sampler } as UpdateInfo) : joined(critic, sampler!);
}

/** Both updates from the state that the engine has, which stays; the state after them. */
export function updateApart(
  engine: Engine,
  ...[batch, noise, settings]: Input
): { info: UpdateInfo; after: EngineState } {
  const before = engine.state();
  const sampler = engine.updateSampler(batch, noise, settings);
  const afterSampler = engine.state();
  engine.restore(before);
  const critic = engine.updateCritic(batch, noise, settings);
  const afterCritic = engine.state();
  engine.restore(before);
  const bySampler = /^(adam\.[mv]\.)?sampler\.|^log_alpha$/;
  const tensors = new Map(
    [...afterCritic.tensors].map(([name, tensor]) => [
      name,
      bySampler.test(name) ? afterSampler.tensors.get(name)! : tensor,
    ]),
  );
  return {
    info: joined(critic, sampler),
    after: { tensors, updates: afterCritic.updates, samplerUpdates: afterSampler.samplerUpdates },
  };
}
