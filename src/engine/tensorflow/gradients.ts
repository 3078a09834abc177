import type { Tensor } from '@tensorflow/tfjs-core';
import type { Leaf } from './network.ts';

/** Gradients by parameter name, in the layout of the parameter. */
export type Gradients = Map<string, Float32Array>;

/** Reads the gradients of the leaves back and joins the parts of split parameters. */
export function collectGradients(leaves: readonly Leaf[], tensors: readonly Tensor[]): Gradients {
  const parts = new Map<string, { offset: number; data: Float32Array }[]>();
  leaves.forEach((leaf, i) => {
    const data = tensors[i]!.dataSync() as Float32Array;
    parts.set(leaf.name, [...(parts.get(leaf.name) ?? []), { offset: leaf.offset, data }]);
  });
  return new Map([...parts].map(([name, pieces]) => [name, join(pieces)]));
}

function join(pieces: readonly { offset: number; data: Float32Array }[]): Float32Array {
  if (pieces.length === 1) return pieces[0]!.data;
  const whole = new Float32Array(pieces.reduce((sum, piece) => sum + piece.data.length, 0));
  for (const piece of pieces) whole.set(piece.data, piece.offset);
  return whole;
}
