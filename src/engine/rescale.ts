import type { AlgorithmOptions } from './port.ts';

/** The tensors of the output layers of critics and target critics. */
export function valueOutputs({ criticCount, criticLayers }: AlgorithmOptions): readonly string[] {
  return Array.from({ length: criticCount }, (_, c) =>
    ['critic', 'target_critic'].flatMap((network) =>
      ['weight', 'bias'].map((part) => `${network}${c}.${criticLayers.length}.${part}`),
    ),
  ).flat();
}

/** The numbers times `factor`, in place. */
export function scaled(data: Float32Array, factor: number): Float32Array {
  for (let i = 0; i < data.length; i++) data[i]! *= factor;
  return data;
}
