import type { SafeCommand } from '../../src/driver/port.ts';

/** A command for tests of what stands behind the guard: the brand is a promise to the compiler, and here nothing can move. */
export function unguardedForTest(sequence: number, targets: readonly number[]): SafeCommand {
  return { sequence, targets: Float64Array.from(targets), reasonCodes: [] } as unknown as SafeCommand;
}
