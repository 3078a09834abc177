import type { GuardReasonCode } from '../robot/reasons.ts';
import type { SafeCommand } from './port.ts';

/** The one place where a SafeCommand is made; private to the guard. */
export function createSafeCommand(
  sequence: number,
  targets: Float64Array,
  reasonCodes: readonly GuardReasonCode[],
): SafeCommand {
  return { sequence, targets, reasonCodes } as unknown as SafeCommand;
}
