import { XoshiroRandom } from '../../src/base/random.ts';
import {
  elementCount,
  type PolicyMeta,
  policyShapes,
  type PolicySnapshot,
  type Tensor,
} from '../../src/policy/index.ts';
import { layers } from './networks.ts';

export const SMALL_META: PolicyMeta = {
  robot: 'pendulum',
  task: 'Pendulum-v1',
  observationNames: ['cos', 'sin', 'velocity'],
  actionNames: ['joint', 'other'],
  ...layers([5, 4], true),
  criticCount: 2,
  latentSize: 2,
  latentSkip: 0,
  algorithm: { preset: 'default', latent: 'normal', nested: { b: 1, a: [1, 2] } },
  step: 1200,
  parent: null,
};

/** A policy with normal weights and an unused normalizer. */
export function randomPolicy(changes: Partial<PolicyMeta> = {}, seed = 1): PolicySnapshot {
  const meta = { ...SMALL_META, ...changes };
  const random = new XoshiroRandom(seed);
  const tensors = new Map<string, Tensor>();
  for (const [name, shape] of policyShapes(meta)) {
    const data = new Float32Array(elementCount(shape));
    if (name === 'normalizer.scale') data.fill(1);
    else if (name !== 'normalizer.mean') random.fillNormal(data);
    tensors.set(name, { shape, data });
  }
  return { meta, tensors };
}
