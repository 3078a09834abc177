/**
 * How many steps of `stepS` make up `periodS` (both seconds), or null when that is not a positive integer.
 * A part in 10^9 is forgiven: 0.02 / 0.005 is not exactly 4 in binary.
 */
export function integerMultiple(periodS: number, stepS: number): number | null {
  if (!Number.isFinite(periodS) || !Number.isFinite(stepS) || stepS <= 0 || periodS <= 0) return null;
  const count = Math.round(periodS / stepS);
  return count >= 1 && count <= 1e6 && Math.abs(count * stepS - periodS) <= 1e-9 * periodS ? count : null;
}
