import { SoftqdError } from '../base/errors.ts';
import { firstNonFinite } from '../base/finite.ts';
import { criticShapes, sameShape, samplerShapes, type Shapes, type Tensor } from '../policy/index.ts';
import { networkLayout } from './options/index.ts';
import type { AlgorithmOptions, EngineState } from './port.ts';

/** The parameters that gradients move: sampler and critics. */
export function onlineShapes(options: AlgorithmOptions): Shapes {
  const layout = networkLayout(options);
  return new Map([...samplerShapes(layout), ...criticShapes(layout)]);
}

/** Target networks: one per critic, and one for the sampler with `action-value`. */
export function targetShapes(options: AlgorithmOptions): Shapes {
  const layout = networkLayout(options);
  const sampler = options.criticTarget === 'action-value' ? samplerShapes(layout, 'target_sampler') : [];
  return new Map([...criticShapes(layout, 'target_critic'), ...sampler]);
}

/** Every tensor of an EngineState, and no other. */
export function stateShapes(options: AlgorithmOptions): Shapes {
  const online = onlineShapes(options);
  return new Map<string, readonly number[]>([
    ...online,
    ...targetShapes(options),
    ...[...online].map(([name, shape]) => [`adam.m.${name}`, shape] as const),
    ...[...online].map(([name, shape]) => [`adam.v.${name}`, shape] as const),
    ['log_alpha', [1]],
  ]);
}

/** Throws E_ENGINE_INPUT unless the state has exactly these tensors, finite, and an integer count of updates. */
export function checkState(options: AlgorithmOptions, state: EngineState): void {
  const shapes = stateShapes(options);
  for (const count of [state.updates, state.samplerUpdates]) {
    if (!Number.isSafeInteger(count) || count < 0)
      throw new SoftqdError('E_ENGINE_INPUT', `the state counts ${count} updates`);
  }
  for (const [name, shape] of shapes) {
    const tensor = state.tensors.get(name);
    if (tensor === undefined) throw new SoftqdError('E_ENGINE_INPUT', `the state lacks tensor ${name}`);
    if (!sameShape(tensor.shape, shape))
      throw new SoftqdError(
        'E_ENGINE_INPUT',
        `tensor ${name} has shape [${tensor.shape.join(', ')}], this network has [${shape.join(', ')}]`,
      );
    if (firstNonFinite(tensor.data) >= 0)
      throw new SoftqdError('E_ENGINE_INPUT', `tensor ${name} of the state is not finite`);
  }
  for (const name of state.tensors.keys()) {
    if (!shapes.has(name)) throw new SoftqdError('E_ENGINE_INPUT', `unexpected tensor ${name} in the saved state`);
  }
}

/** A deep copy. */
export function copyTensors(tensors: Iterable<readonly [string, Tensor]>): Map<string, Tensor> {
  return new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
}
