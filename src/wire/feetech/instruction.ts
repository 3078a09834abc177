import { SoftqdError } from '../../base/errors.ts';
import { encodeFeetechPacket, FEETECH_BROADCAST, FEETECH_INSTRUCTION, FEETECH_MAXIMUM_ID } from './packet.ts';
import type { FeetechPacket } from './packet.ts';

/** Every instruction of an STS/SMS bus. `id` 0xFE is the broadcast ID. */
export type FeetechInstruction =
  | { readonly kind: 'ping' | 'action' | 'restoreEeprom' | 'reboot' | 'backup' | 'reset'; readonly id: number }
  | { readonly kind: 'read'; readonly id: number; readonly address: number; readonly length: number }
  | { readonly kind: 'write' | 'regWrite'; readonly id: number; readonly address: number; readonly data: Uint8Array }
  | { readonly kind: 'calibratePosition'; readonly id: number; readonly position: number | null }
  | { readonly kind: 'syncRead'; readonly address: number; readonly length: number; readonly ids: readonly number[] }
  | {
      readonly kind: 'syncWrite';
      readonly address: number;
      /** Data bytes of each servo, the same for all. */
      readonly length: number;
      readonly items: readonly { readonly id: number; readonly data: Uint8Array }[];
    };

/** An unknown instruction, or one with invalid parameters. */
export interface FeetechUnknown {
  readonly kind: 'unknown';
  readonly id: number;
  readonly code: number;
  readonly parameters: Uint8Array;
}

/** The bytes of an instruction. Throws E_SERVO_VALUE when something does not fit a packet. */
export function encodeFeetechInstruction(instruction: FeetechInstruction): Uint8Array {
  const code = FEETECH_INSTRUCTION[instruction.kind];
  switch (instruction.kind) {
    case 'ping':
    case 'action':
    case 'restoreEeprom':
    case 'reboot':
    case 'backup':
    case 'reset':
      return encodeFeetechPacket(instruction.id, code);
    case 'read':
      return encodeFeetechPacket(instruction.id, code, [instruction.address, instruction.length]);
    case 'write':
    case 'regWrite':
      return encodeFeetechPacket(instruction.id, code, [instruction.address, ...instruction.data]);
    case 'calibratePosition': {
      const { position } = instruction;
      return encodeFeetechPacket(
        instruction.id,
        code,
        position === null ? [] : [position & 0xff, (position >> 8) & 0xff],
      );
    }
    case 'syncRead':
      return encodeFeetechPacket(FEETECH_BROADCAST, code, [
        instruction.address,
        instruction.length,
        ...instruction.ids,
      ]);
    case 'syncWrite':
      return encodeSyncWrite(instruction.address, instruction.length, instruction.items);
  }
}

function encodeSyncWrite(
  address: number,
  length: number,
  items: readonly { id: number; data: Uint8Array }[],
): Uint8Array {
  const parameters = new Uint8Array(2 + items.length * (length + 1));
  parameters[0] = address;
  parameters[1] = length;
  let at = 2;
  for (const { id, data } of items) {
    if (data.length !== length) {
      throw new SoftqdError(
        'E_SERVO_VALUE',
        `feetech sync write: servo ${id} has ${data.length} bytes, all have ${length}`,
        {
          values: { id, got: data.length, expected: length },
        },
      );
    }
    parameters[at] = id;
    parameters.set(data, at + 1);
    at += length + 1;
  }
  return encodeFeetechPacket(FEETECH_BROADCAST, FEETECH_INSTRUCTION.syncWrite, parameters);
}

/** Decodes a packet from the master, as a servo or another listener on the bus receives it. */
export function parseFeetechInstruction(packet: FeetechPacket): FeetechInstruction | FeetechUnknown {
  const { id, code, parameters } = packet;
  const unknown: FeetechUnknown = { kind: 'unknown', id, code, parameters };
  const bare = BARE.find((kind) => FEETECH_INSTRUCTION[kind] === code);
  if (bare !== undefined) return parameters.length === 0 ? { kind: bare, id } : unknown;
  switch (code) {
    case FEETECH_INSTRUCTION.read:
      return parameters.length === 2 ? { kind: 'read', id, address: parameters[0]!, length: parameters[1]! } : unknown;
    case FEETECH_INSTRUCTION.write:
    case FEETECH_INSTRUCTION.regWrite: {
      if (parameters.length < 2) return unknown;
      const kind = code === FEETECH_INSTRUCTION.write ? 'write' : 'regWrite';
      return { kind, id, address: parameters[0]!, data: parameters.slice(1) };
    }
    case FEETECH_INSTRUCTION.calibratePosition:
      if (parameters.length === 0) return { kind: 'calibratePosition', id, position: null };
      if (parameters.length !== 2) return unknown;
      return { kind: 'calibratePosition', id, position: parameters[0]! | (parameters[1]! << 8) };
    case FEETECH_INSTRUCTION.syncRead:
      if (id !== FEETECH_BROADCAST || parameters.length < 3 || !areIds(parameters.subarray(2))) return unknown;
      return { kind: 'syncRead', address: parameters[0]!, length: parameters[1]!, ids: [...parameters.subarray(2)] };
    case FEETECH_INSTRUCTION.syncWrite:
      return parseSyncWrite(packet) ?? unknown;
    default:
      return unknown;
  }
}

const BARE = ['ping', 'action', 'restoreEeprom', 'reboot', 'backup', 'reset'] as const;

function areIds(bytes: Uint8Array): boolean {
  return bytes.every((id) => id <= FEETECH_MAXIMUM_ID);
}

function parseSyncWrite({ id, parameters }: FeetechPacket): FeetechInstruction | null {
  if (id !== FEETECH_BROADCAST || parameters.length < 4) return null;
  const length = parameters[1]!;
  if (length === 0 || (parameters.length - 2) % (length + 1) !== 0) return null;
  const items: { id: number; data: Uint8Array }[] = [];
  for (let at = 2; at < parameters.length; at += length + 1) {
    if (parameters[at]! > FEETECH_MAXIMUM_ID) return null;
    items.push({ id: parameters[at]!, data: parameters.slice(at + 1, at + 1 + length) });
  }
  return { kind: 'syncWrite', address: parameters[0]!, length, items };
}
