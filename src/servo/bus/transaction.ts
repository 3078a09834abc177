import { SoftqdError } from '../../base/errors.ts';
import type { Reply, Request } from '../protocols/request.ts';

/** The replies to one request. */
export interface TransactionResult {
  readonly replies: Map<number, Reply>;
  /** Packets of an expected servo with another length, by ID. */
  readonly wrongLength: Map<number, number>;
  /** IDs of packets that were not requested; the first eight. */
  readonly unexpectedIds: number[];
  /** Byte sequences that began like a packet and were not one. */
  corruptPackets: number;
  bytes: number;
  /** Arrival of the last reply. */
  arrivalNs: number;
}

/** Every expected servo has replied. */
export function allReplied({ expected }: Request, { replies }: TransactionResult): boolean {
  return expected.every(({ id }) => replies.has(id));
}

/** Why servo `id` gave no valid reply. */
export function missingReplyError(
  id: number,
  { description, expected }: Request,
  result: TransactionResult,
): SoftqdError {
  const got = result.wrongLength.get(id);
  const values = { id, instruction: description };
  if (got !== undefined) {
    const wanted = expected.find((entry) => entry.id === id)?.dataLength ?? 0;
    return new SoftqdError(
      'E_SERVO_WRONG_LENGTH',
      `servo ${id}: reply to ${description} has ${got} bytes, expected ${wanted}`,
      {
        values: { ...values, got, expected: wanted },
      },
    );
  }
  if (result.corruptPackets > 0)
    return new SoftqdError('E_SERVO_CHECKSUM', `servo ${id}: corrupt reply to ${description}`, { values });
  const [other] = result.unexpectedIds;
  if (other !== undefined && expected.length === 1) {
    return new SoftqdError('E_SERVO_WRONG_ID', `servo ${id} was addressed (${description}), servo ${other} replied`, {
      values: { ...values, got: other },
    });
  }
  return new SoftqdError('E_SERVO_NO_REPLY', `no reply from servo ${id} (${description})`, { values });
}

export function readOnlyRegisterError(id: number, name: string): SoftqdError {
  return new SoftqdError('E_SERVO_REJECTED', `servo ${id}: register ${name} cannot be written`, {
    values: { id, register: name },
  });
}
