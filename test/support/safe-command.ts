import type { SafeCommand } from '../../src/driver/port.ts';

/** A command for tests of code after the guard. It sets the type brand without a check; nothing can move here. */
export function unguardedForTest(sequence: number, targets: readonly number[]): SafeCommand {
  return { sequence, targets: Float64Array.from(targets), reasonCodes: [] } as unknown as SafeCommand;
}
