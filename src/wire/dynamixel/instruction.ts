import { SoftqdError } from '../../base/errors.ts';
import { DYNAMIXEL_BROADCAST, DYNAMIXEL_INSTRUCTION, DYNAMIXEL_MAXIMUM_ID, encodeDynamixelPacket } from './packet.ts';
import type { DynamixelPacket } from './packet.ts';

/** The values that a factory reset keeps. */
export type DynamixelResetScope = 'all' | 'keep-id' | 'keep-id-and-baud';

export interface DynamixelRange {
  readonly id: number;
  readonly address: number;
  readonly length: number;
}

/** Every instruction of protocol 2.0. `id` 0xFE is the broadcast ID. */
export type DynamixelInstruction =
  | { readonly kind: 'ping' | 'action' | 'reboot'; readonly id: number }
  | { readonly kind: 'read'; readonly id: number; readonly address: number; readonly length: number }
  | { readonly kind: 'write' | 'regWrite'; readonly id: number; readonly address: number; readonly data: Uint8Array }
  | { readonly kind: 'factoryReset'; readonly id: number; readonly scope: DynamixelResetScope }
  /** Clears the turns of a multi-turn position. */
  | { readonly kind: 'clear'; readonly id: number }
  | {
      readonly kind: 'syncRead' | 'fastSyncRead';
      readonly address: number;
      readonly length: number;
      readonly ids: readonly number[];
    }
  | {
      readonly kind: 'syncWrite';
      readonly address: number;
      readonly length: number;
      readonly items: readonly { readonly id: number; readonly data: Uint8Array }[];
    }
  | { readonly kind: 'bulkRead' | 'fastBulkRead'; readonly items: readonly DynamixelRange[] }
  | {
      readonly kind: 'bulkWrite';
      readonly items: readonly { readonly id: number; readonly address: number; readonly data: Uint8Array }[];
    };

/** An unknown instruction, or one with invalid parameters. */
export interface DynamixelUnknown {
  readonly kind: 'unknown';
  readonly id: number;
  readonly instruction: number;
  readonly parameters: Uint8Array;
}

const RESET_SCOPE: Readonly<Record<DynamixelResetScope, number>> = {
  all: 0xff,
  'keep-id': 0x01,
  'keep-id-and-baud': 0x02,
};
/** Clear requires a fixed byte sequence, so that noise cannot trigger it: 01 "DXL\"". */
const CLEAR_MULTI_TURN = [0x01, 0x44, 0x58, 0x4c, 0x22] as const;

/** The bytes of an instruction. Throws E_SERVO_VALUE when something does not fit a packet. */
export function encodeDynamixelInstruction(instruction: DynamixelInstruction): Uint8Array {
  const code = DYNAMIXEL_INSTRUCTION[instruction.kind];
  const broadcast = (parameters: readonly number[]): Uint8Array =>
    encodeDynamixelPacket(DYNAMIXEL_BROADCAST, code, parameters);
  switch (instruction.kind) {
    case 'ping':
    case 'action':
    case 'reboot':
      return encodeDynamixelPacket(instruction.id, code);
    case 'read':
      return encodeDynamixelPacket(instruction.id, code, [...word(instruction.address), ...word(instruction.length)]);
    case 'write':
    case 'regWrite':
      return encodeDynamixelPacket(instruction.id, code, [...word(instruction.address), ...instruction.data]);
    case 'factoryReset':
      return encodeDynamixelPacket(instruction.id, code, [RESET_SCOPE[instruction.scope]]);
    case 'clear':
      return encodeDynamixelPacket(instruction.id, code, CLEAR_MULTI_TURN);
    case 'syncRead':
    case 'fastSyncRead':
      return broadcast([...word(instruction.address), ...word(instruction.length), ...instruction.ids]);
    case 'syncWrite':
      for (const { id, data } of instruction.items) requireLength(id, data.length, instruction.length);
      return broadcast([
        ...word(instruction.address),
        ...word(instruction.length),
        ...instruction.items.flatMap(({ id, data }) => [id, ...data]),
      ]);
    case 'bulkRead':
    case 'fastBulkRead':
      return broadcast(instruction.items.flatMap(({ id, address, length }) => [id, ...word(address), ...word(length)]));
    case 'bulkWrite':
      return broadcast(
        instruction.items.flatMap(({ id, address, data }) => [id, ...word(address), ...word(data.length), ...data]),
      );
  }
}

function word(value: number): [number, number] {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff) {
    throw new SoftqdError('E_SERVO_VALUE', `dynamixel packet: ${value} is not a 16-bit address or length`, {
      values: { value },
    });
  }
  return [value & 0xff, value >> 8];
}

function requireLength(id: number, got: number, expected: number): void {
  if (got === expected) return;
  throw new SoftqdError('E_SERVO_VALUE', `dynamixel sync write: servo ${id} has ${got} bytes, all have ${expected}`, {
    values: { id, got, expected },
  });
}

/** Decodes a packet from the master, as a servo or another listener on the bus receives it. */
export function parseDynamixelInstruction(packet: DynamixelPacket): DynamixelInstruction | DynamixelUnknown {
  const { id, instruction, parameters } = packet;
  const parsed = id === DYNAMIXEL_BROADCAST ? (parseGroup(packet) ?? parseSingle(packet)) : parseSingle(packet);
  return parsed ?? { kind: 'unknown', id, instruction, parameters };
}

function parseSingle({ id, instruction, parameters }: DynamixelPacket): DynamixelInstruction | null {
  switch (instruction) {
    case DYNAMIXEL_INSTRUCTION.ping:
      return parameters.length === 0 ? { kind: 'ping', id } : null;
    case DYNAMIXEL_INSTRUCTION.action:
      return parameters.length === 0 ? { kind: 'action', id } : null;
    case DYNAMIXEL_INSTRUCTION.reboot:
      return parameters.length === 0 ? { kind: 'reboot', id } : null;
    case DYNAMIXEL_INSTRUCTION.read:
      return parameters.length === 4
        ? { kind: 'read', id, address: wordAt(parameters, 0), length: wordAt(parameters, 2) }
        : null;
    case DYNAMIXEL_INSTRUCTION.write:
    case DYNAMIXEL_INSTRUCTION.regWrite: {
      if (parameters.length < 3) return null;
      const kind = instruction === DYNAMIXEL_INSTRUCTION.write ? 'write' : 'regWrite';
      return { kind, id, address: wordAt(parameters, 0), data: parameters.slice(2) };
    }
    case DYNAMIXEL_INSTRUCTION.factoryReset: {
      const scope = (['all', 'keep-id', 'keep-id-and-baud'] as const).find(
        (name) => RESET_SCOPE[name] === parameters[0],
      );
      return scope !== undefined && parameters.length === 1 ? { kind: 'factoryReset', id, scope } : null;
    }
    case DYNAMIXEL_INSTRUCTION.clear: {
      const same =
        parameters.length === CLEAR_MULTI_TURN.length && CLEAR_MULTI_TURN.every((byte, i) => byte === parameters[i]);
      return same ? { kind: 'clear', id } : null;
    }
    default:
      return null;
  }
}

function parseGroup(packet: DynamixelPacket): DynamixelInstruction | null {
  const { instruction, parameters } = packet;
  switch (instruction) {
    case DYNAMIXEL_INSTRUCTION.syncRead:
    case DYNAMIXEL_INSTRUCTION.fastSyncRead: {
      if (parameters.length < 5 || !parameters.subarray(4).every(isServo)) return null;
      const kind = instruction === DYNAMIXEL_INSTRUCTION.syncRead ? 'syncRead' : 'fastSyncRead';
      return { kind, address: wordAt(parameters, 0), length: wordAt(parameters, 2), ids: [...parameters.subarray(4)] };
    }
    case DYNAMIXEL_INSTRUCTION.syncWrite:
      return parseSyncWrite(parameters);
    case DYNAMIXEL_INSTRUCTION.bulkRead:
    case DYNAMIXEL_INSTRUCTION.fastBulkRead:
      return parseBulkRead(parameters, instruction === DYNAMIXEL_INSTRUCTION.bulkRead ? 'bulkRead' : 'fastBulkRead');
    case DYNAMIXEL_INSTRUCTION.bulkWrite:
      return parseBulkWrite(parameters);
    default:
      return null;
  }
}

function parseSyncWrite(parameters: Uint8Array): DynamixelInstruction | null {
  if (parameters.length < 6) return null;
  const length = wordAt(parameters, 2);
  if (length === 0 || (parameters.length - 4) % (length + 1) !== 0) return null;
  const items: { id: number; data: Uint8Array }[] = [];
  for (let at = 4; at < parameters.length; at += length + 1) {
    if (!isServo(parameters[at]!)) return null;
    items.push({ id: parameters[at]!, data: parameters.slice(at + 1, at + 1 + length) });
  }
  return { kind: 'syncWrite', address: wordAt(parameters, 0), length, items };
}

function parseBulkRead(parameters: Uint8Array, kind: 'bulkRead' | 'fastBulkRead'): DynamixelInstruction | null {
  if (parameters.length === 0 || parameters.length % 5 !== 0) return null;
  const items: DynamixelRange[] = [];
  for (let at = 0; at < parameters.length; at += 5) {
    if (!isServo(parameters[at]!)) return null;
    items.push({ id: parameters[at]!, address: wordAt(parameters, at + 1), length: wordAt(parameters, at + 3) });
  }
  return { kind, items };
}

function parseBulkWrite(parameters: Uint8Array): DynamixelInstruction | null {
  const items: { id: number; address: number; data: Uint8Array }[] = [];
  let at = 0;
  while (at + 5 <= parameters.length) {
    const length = wordAt(parameters, at + 3);
    const end = at + 5 + length;
    if (!isServo(parameters[at]!) || length === 0 || end > parameters.length) return null;
    items.push({ id: parameters[at]!, address: wordAt(parameters, at + 1), data: parameters.slice(at + 5, end) });
    at = end;
  }
  return at === parameters.length && items.length > 0 ? { kind: 'bulkWrite', items } : null;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

function isServo(id: number): boolean {
  return id <= DYNAMIXEL_MAXIMUM_ID;
}
