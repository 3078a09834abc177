import type { Tensor } from '../policy/port.ts';
import type { EngineState } from './port.ts';

/**
 * The state after a reset of all networks: every weight of sampler, critics and targets becomes keep x itself + (1 - keep) x the one of
 * `fresh` (shrink and perturb, Ash and Adams 2020; `keep` 0: the fresh network), Adam starts over and the updates count from 0. The
 * temperature stays: it belongs to the unit of the reward. Both states are unchanged. `fresh` has the same tensors; `keep` is in [0, 1).
 */
export function resetState(state: EngineState, fresh: EngineState, keep: number): EngineState {
  const tensors = new Map<string, Tensor>();
  for (const [name, { shape, data }] of fresh.tensors) {
    const old = state.tensors.get(name)!.data;
    const mixed = name.startsWith('adam.')
      ? data.slice()
      : data.map((weight, i) => keep * old[i]! + (1 - keep) * weight);
    tensors.set(name, { shape, data: name === 'log_alpha' ? old.slice() : mixed });
  }
  return { tensors, updates: 0, samplerUpdates: 0 };
}
