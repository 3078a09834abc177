import type { Random } from '../base/random.ts';
import { elementCount, type Tensor } from '../policy/index.ts';
import type { AlgorithmOptions, EngineState } from './port.ts';
import { onlineShapes, stateShapes } from './state-shapes.ts';

/** The online name that a target tensor starts from. */
function targetSource(name: string): string {
  return name.slice('target_'.length);
}

/**
 * The common initialization of both engines: weights and biases uniform in +-1/sqrt(inputs), layer norms 1 and 0, targets equal to
 * their online networks, Adam's moments 0, log_alpha = log initialAlpha. Draws from `random` in the order of onlineShapes.
 */
export function initialState(options: AlgorithmOptions, random: Random): EngineState {
  const tensors = new Map<string, Tensor>();
  let inputs = 1;
  for (const [name, shape] of onlineShapes(options)) {
    const data = new Float32Array(elementCount(shape));
    if (name.endsWith('.weight')) inputs = shape[0]!;
    if (name.endsWith('.norm.scale')) data.fill(1);
    else if (!name.endsWith('.norm.shift')) random.fillUniform(data, -1 / Math.sqrt(inputs), 1 / Math.sqrt(inputs));
    tensors.set(name, { shape, data });
  }
  for (const [name, shape] of stateShapes(options)) {
    if (tensors.has(name)) continue;
    const data = name.startsWith('target_')
      ? tensors.get(targetSource(name))!.data.slice()
      : new Float32Array(elementCount(shape));
    tensors.set(name, { shape, data });
  }
  tensors.get('log_alpha')!.data[0] = Math.log(options.initialAlpha);
  return { tensors, updates: 0, samplerUpdates: 0 };
}
