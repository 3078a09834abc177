import { readFileSync } from 'node:fs';
import JSON5 from 'json5';
import type { AlgorithmOptions } from '../../src/engine/port.ts';

export type WorkloadName = 'P' | 'D';

/**
 * Textbook work of one gradient step, GFLOP: 2 in out per row and layer, backward = 2 forwards, input gradient only = 1; 0.004 (P) and 0.122
 * (D) of it are the sampler's Jacobian for its entropy, which the peers do not compute.
 */
export const STEP_GFLOP: Readonly<Record<WorkloadName, number>> = { P: 0.587, D: 3.488 };

export function workload(name: string): { readonly name: WorkloadName; readonly options: AlgorithmOptions } {
  if (name !== 'P' && name !== 'D') throw new Error(`--workload is P or D, not ${name}`);
  const text = readFileSync(new URL(`../workloads/${name}.json5`, import.meta.url), 'utf8');
  return { name, options: JSON5.parse(text) };
}
