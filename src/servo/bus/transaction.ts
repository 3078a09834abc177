import { SoftqdError } from '../../base/errors.ts';
import type { Answer, Request } from './bus-protocol.ts';

/** What came back of one request. */
export interface Outcome {
  readonly answers: Map<number, Answer>;
  /** Packets of the right servo with another length, by id. */
  readonly wrongLength: Map<number, number>;
  /** Ids of packets that nobody asked for; the first few. */
  readonly foreign: number[];
  /** How often something began like a packet and was none. */
  damaged: number;
  bytes: number;
  /** When the last answer was whole. */
  arrivalNs: number;
}

/** Every servo that was asked has answered. */
export function answered({ expected }: Request, { answers }: Outcome): boolean {
  return expected.every(({ id }) => answers.has(id));
}

/** Why there is no answer of servo `id`. */
export function noAnswer(id: number, { what, expected }: Request, outcome: Outcome): SoftqdError {
  const got = outcome.wrongLength.get(id);
  const values = { id, instruction: what };
  if (got !== undefined) {
    const wanted = expected.find((entry) => entry.id === id)?.dataLength ?? 0;
    return new SoftqdError(
      'E_SERVO_WRONG_LENGTH',
      `servo ${id} answered ${what} with ${got} bytes instead of ${wanted}`,
      {
        values: { ...values, got, expected: wanted },
      },
    );
  }
  if (outcome.damaged > 0)
    return new SoftqdError('E_SERVO_CHECKSUM', `servo ${id}: its answer to ${what} came damaged`, { values });
  const [other] = outcome.foreign;
  if (other !== undefined && expected.length === 1) {
    return new SoftqdError('E_SERVO_WRONG_ID', `servo ${id} was asked (${what}), servo ${other} answered`, {
      values: { ...values, got: other },
    });
  }
  return new SoftqdError('E_SERVO_NO_REPLY', `servo ${id} does not answer (${what})`, { values });
}

export function refusedRegister(id: number, name: string): SoftqdError {
  return new SoftqdError('E_SERVO_REFUSED', `servo ${id}: register ${name} cannot be written`, {
    values: { id, register: name },
  });
}
