import { SoftqdError } from '../../base/errors.ts';
import type { Reply, Request } from './bus-protocol.ts';

/** What came back of one request. */
export interface TransactionResult {
  readonly replies: Map<number, Reply>;
  /** Packets of the right servo with another length, by id. */
  readonly wrongLength: Map<number, number>;
  /** Ids of packets that nobody asked for; the first few. */
  readonly unexpectedIds: number[];
  /** How often something began like a packet and was none. */
  corruptPackets: number;
  bytes: number;
  /** When the last answer was whole. */
  arrivalNs: number;
}

/** Every servo that was asked has answered. */
export function allReplied({ expected }: Request, { replies }: TransactionResult): boolean {
  return expected.every(({ id }) => replies.has(id));
}

/** Why there is no answer of servo `id`. */
export function missingReplyError(
  id: number,
  { description, expected }: Request,
  outcome: TransactionResult,
): SoftqdError {
  const got = outcome.wrongLength.get(id);
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
  if (outcome.corruptPackets > 0)
    return new SoftqdError('E_SERVO_CHECKSUM', `servo ${id}: corrupt reply to ${description}`, { values });
  const [other] = outcome.unexpectedIds;
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
