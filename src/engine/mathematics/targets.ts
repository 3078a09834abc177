import type { AlgorithmOptions } from '../port.ts';

export type TargetOptions = Pick<AlgorithmOptions, 'targetTau' | 'targetCopyUpdates'>;

/**
 * Moves a target's parameters after update number `updates` (1, 2, ...): target += tau (online - target),
 * or a copy every targetCopyUpdates updates (appendix D of the paper).
 */
export function stepTarget(target: Float32Array, online: Float32Array, updates: number, options: TargetOptions): void {
  const { targetTau: tau, targetCopyUpdates: period } = options;
  if (period > 0) {
    if (updates % period === 0) target.set(online);
    return;
  }
  for (let i = 0; i < target.length; i++) target[i] = target[i]! + tau * (online[i]! - target[i]!);
}
