import { SoftqdError } from '../../base/errors.ts';
import type { ServoReply, ServoBus } from '../port.ts';
import { readRegister, type Register } from '../../wire/registers.ts';

/** Registers of one servo by name, and the error bits that came with them; or why there are none. */
export type RegisterValues =
  | {
      readonly kind: 'values';
      readonly id: number;
      readonly values: Readonly<Record<string, number>>;
      readonly statusBits: number;
    }
  | Extract<ServoReply, { kind: 'failed' }>;

/** Bytes of one answer at most: registers further apart are read one after the other. */
const MAX_SPAN_BYTES = 32;
const MAX_ATTEMPTS = 3;

/** A register of this protocol by name. Throws E_SERVO_VALUE when it has none of that name. */
export function registerOf(bus: ServoBus, name: string): Register {
  const register = bus.registers[name];
  if (register !== undefined) return register;
  throw new SoftqdError('E_SERVO_VALUE', `${bus.protocol} servos have no register ${name}`, {
    values: { register: name, protocol: bus.protocol },
  });
}

/**
 * Reads registers of several servos, whatever their error bits say: a servo with a fault still tells its values. A servo that does not
 * answer is asked three times. Answers stand in the order of `ids`.
 */
export async function readRegisters(
  bus: ServoBus,
  ids: readonly number[],
  names: readonly string[],
): Promise<RegisterValues[]> {
  let results: RegisterValues[] = ids.map((id) => ({ kind: 'values', id, values: {}, statusBits: 0 }));
  for (const span of spans(names.map((name) => registerOf(bus, name)))) {
    const answers = await readSpan(bus, ids, span);
    results = results.map((result) => merge(result, answers.get(result.id), span));
  }
  return results;
}

/** The registers of one servo. Throws what the servo's silence or damage is (E_SERVO_NO_REPLY, E_SERVO_CHECKSUM, ...). */
export async function readOne(bus: ServoBus, id: number, names: readonly string[]): Promise<Record<string, number>> {
  const [result] = await readRegisters(bus, [id], names);
  if (result?.kind === 'values') return result.values;
  throw answerError(result ?? { kind: 'failed', id, code: 'E_SERVO_NO_REPLY', detail: `servo ${id} did not answer` });
}

/** The error of an answer that failed. */
export function answerError({ id, code, detail }: Extract<ServoReply, { kind: 'failed' }>): SoftqdError {
  return new SoftqdError(servoCode(code), detail, { values: { id } });
}

function servoCode(code: string): 'E_SERVO_CHECKSUM' | 'E_SERVO_STATUS' | 'E_SERVO_NO_REPLY' | 'E_SERVO_WRONG_LENGTH' {
  if (code === 'E_SERVO_CHECKSUM' || code === 'E_SERVO_STATUS' || code === 'E_SERVO_WRONG_LENGTH') return code;
  return 'E_SERVO_NO_REPLY';
}

interface Span {
  readonly address: number;
  readonly length: number;
  readonly registers: readonly Register[];
}

/** As few reads as possible: registers in ascending order, as many in one as fit. */
function spans(registers: readonly Register[]): Span[] {
  const found: Span[] = [];
  for (const register of [...registers].sort((a, b) => a.address - b.address)) {
    const last = found.at(-1);
    const end = register.address + register.size;
    if (last !== undefined && end - last.address <= MAX_SPAN_BYTES) {
      found[found.length - 1] = {
        address: last.address,
        length: Math.max(last.length, end - last.address),
        registers: [...last.registers, register],
      };
    } else found.push({ address: register.address, length: register.size, registers: [register] });
  }
  return found;
}

async function readSpan(bus: ServoBus, ids: readonly number[], span: Span): Promise<Map<number, ServoReply>> {
  const answers = new Map<number, ServoReply>();
  let missing = ids;
  for (let attempt = 0; attempt < MAX_ATTEMPTS && missing.length > 0; attempt++) {
    for (const answer of await bus.syncRead({ address: span.address, length: span.length, ids: missing })) {
      answers.set(answer.id, answer);
    }
    missing = missing.filter((id) => answers.get(id)?.kind !== 'data');
  }
  return answers;
}

function merge(result: RegisterValues, answer: ServoReply | undefined, span: Span): RegisterValues {
  if (result.kind === 'failed') return result;
  const { id } = result;
  if (answer === undefined)
    return { kind: 'failed', id, code: 'E_SERVO_NO_REPLY', detail: `servo ${id} did not answer` };
  if (answer.kind === 'failed') return answer;
  const read = span.registers.map((register) => [
    register.name,
    readRegister(register, answer.data, register.address - span.address),
  ]);
  return {
    kind: 'values',
    id,
    values: { ...result.values, ...(Object.fromEntries(read) as Record<string, number>) },
    statusBits: result.statusBits | answer.statusBits,
  };
}
