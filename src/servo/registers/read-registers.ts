import { SoftqdError } from '../../base/errors.ts';
import { readRegister as decodeRegister, type Register } from '../../wire/registers.ts';
import { COMMISSIONING_RETRIES, retry, type RetryPolicy } from '../bus/retry.ts';
import type { ServoBus, ServoReply } from '../port.ts';
import type { Span } from '../protocols/request.ts';
import { registerOf } from './register-of.ts';

/** Registers of one servo by name, or why there are none. */
export type RegisterValues =
  | { readonly kind: 'values'; readonly id: number; readonly values: Readonly<Record<string, number>> }
  | Extract<ServoReply, { kind: 'failed' }>;

/** Data bytes of one reply at most: registers further apart are read one after the other. */
const MAX_SPAN_BYTES = 32;

/** One register of one servo, also of a servo that reports a fault. Rejects as ServoBus.read, after the attempts of `retries`. */
export function readRegister(bus: ServoBus, id: number, name: string, retries: RetryPolicy): Promise<number> {
  const { reads, minMs } = retries;
  return retry(() => bus.read(id, name, { ignoreFaults: true }), reads, minMs);
}

/**
 * As `readRegister`, until two successive reads agree: a reply with a valid 8-bit checksum may still be corrupt, and these values decide
 * where a joint may go. Throws E_SERVO_CHECKSUM when they never do.
 */
export async function readRegisterTwice(
  bus: ServoBus,
  id: number,
  name: string,
  retries: RetryPolicy,
): Promise<number> {
  let previous = await readRegister(bus, id, name, retries);
  for (let attempt = 1; attempt < retries.reads; attempt++) {
    const value = await readRegister(bus, id, name, retries);
    if (value === previous) return value;
    previous = value;
  }
  throw new SoftqdError('E_SERVO_CHECKSUM', `servo ${id}: ${name} reads differently each time`, {
    values: { id, register: name },
  });
}

/** A span of several servos; servos without a valid reply are requested again, `attempts` times in all. By ID. */
export async function readSpan(
  bus: ServoBus,
  ids: readonly number[],
  { address, length }: Span,
  attempts: number,
): Promise<ReadonlyMap<number, ServoReply>> {
  const replies = new Map<number, ServoReply>();
  let missing = ids;
  for (let attempt = 0; attempt < attempts && missing.length > 0; attempt++) {
    for (const reply of await bus.syncRead({ address, length, ids: missing })) replies.set(reply.id, reply);
    missing = missing.filter((id) => replies.get(id)?.kind !== 'data');
  }
  return replies;
}

/** Registers of several servos in as few reads as possible, also of servos that report a fault. In the order of `ids`. */
export async function readRegisters(
  bus: ServoBus,
  ids: readonly number[],
  names: readonly string[],
): Promise<RegisterValues[]> {
  let results: RegisterValues[] = ids.map((id) => ({ kind: 'values', id, values: {} }));
  for (const span of spans(names.map((name) => registerOf(bus.protocol, name)))) {
    const replies = await readSpan(bus, ids, span, COMMISSIONING_RETRIES.groupReads);
    results = results.map((result) => merge(result, replies.get(result.id), span));
  }
  return results;
}

/** As `readRegisters`; rejects with the error of the first servo that gave no values. */
export async function requireRegisters(
  bus: ServoBus,
  ids: readonly number[],
  names: readonly string[],
): Promise<Readonly<Record<string, number>>[]> {
  const results = await readRegisters(bus, ids, names);
  return results.map((result) => {
    if (result.kind === 'failed') throw replyError(result);
    return result.values;
  });
}

/** The error of a failed reply: E_SERVO_CHECKSUM, E_SERVO_STATUS, E_SERVO_WRONG_LENGTH or E_SERVO_NO_REPLY. */
export function replyError({ id, code, detail }: Extract<ServoReply, { kind: 'failed' }>): SoftqdError {
  return new SoftqdError(servoCode(code), detail, { values: { id } });
}

function servoCode(code: string): 'E_SERVO_CHECKSUM' | 'E_SERVO_STATUS' | 'E_SERVO_NO_REPLY' | 'E_SERVO_WRONG_LENGTH' {
  if (code === 'E_SERVO_CHECKSUM' || code === 'E_SERVO_STATUS' || code === 'E_SERVO_WRONG_LENGTH') return code;
  return 'E_SERVO_NO_REPLY';
}

interface RegisterSpan extends Span {
  readonly registers: readonly Register[];
}

/** Registers in ascending order, as many in one span as fit. */
function spans(registers: readonly Register[]): RegisterSpan[] {
  const found: RegisterSpan[] = [];
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

function merge(result: RegisterValues, reply: ServoReply | undefined, span: RegisterSpan): RegisterValues {
  if (result.kind === 'failed') return result;
  const { id } = result;
  if (reply === undefined) return { kind: 'failed', id, code: 'E_SERVO_NO_REPLY', detail: `no reply from servo ${id}` };
  if (reply.kind === 'failed') return reply;
  const values = { ...result.values };
  for (const register of span.registers)
    values[register.name] = decodeRegister(register, reply.data, register.address - span.address);
  return { kind: 'values', id, values };
}
