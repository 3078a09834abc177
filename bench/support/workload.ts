import { readFileSync } from 'node:fs';
import JSON5 from 'json5';
import type { AlgorithmOptions, AlgorithmSettings } from '../../src/engine/port.ts';

export type WorkloadName = 'P' | 'D' | 'N';

/**
 * Textbook work of one gradient step of critics and sampler, GFLOP: 2 in out per row and layer, backward = 2 forwards, input gradient only = 1.
 * 0.004 (P) and 0.122 (D) of it are the sampler's Jacobian for its entropy, which the peers do not compute. N: 0.071 are the critics' (0.026
 * the density of the value sample), 0.173 the sampler's (0.031 its entropy).
 */
export const STEP_GFLOP: Readonly<Record<WorkloadName, number>> = { P: 0.587, D: 3.488, N: 0.244 };

/** The size of HalfCheetah, which P and D have, too. */
const SIZES = { observationSize: 17, actionSize: 6, discount: 0.99 };

const read = (path: string): unknown => JSON5.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));

/** P and D: bench/workloads/NAME.json5; N: preset `default`. */
export function workload(name: string): { readonly name: WorkloadName; readonly options: AlgorithmOptions } {
  if (name === 'N') {
    const { learner } = read('../../config/presets/default.json5') as { learner: AlgorithmSettings };
    return { name, options: { ...learner, ...SIZES } };
  }
  if (name !== 'P' && name !== 'D') throw new Error(`--workload is P, D or N, not ${name}`);
  return { name, options: read(`../workloads/${name}.json5`) as AlgorithmOptions };
}
