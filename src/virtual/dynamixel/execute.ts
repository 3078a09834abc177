import { DYNAMIXEL_INSTRUCTION, type DynamixelInstruction, type DynamixelUnknown } from '../../wire/dynamixel/index.ts';
import { DATA_LENGTH_ERROR, DATA_RANGE_ERROR, INSTRUCTION_ERROR, OK } from './errors.ts';
import type { XSeriesServo } from './servo.ts';

/** "CTRL": the guard of a control table backup. */
const BACKUP_LETTERS = [0x43, 0x54, 0x52, 0x4c] as const;

type GroupKind = 'syncRead' | 'fastSyncRead' | 'syncWrite' | 'bulkRead' | 'fastBulkRead' | 'bulkWrite';
/** An instruction for one servo. */
export type SingleInstruction = Exclude<DynamixelInstruction, { kind: GroupKind }> | DynamixelUnknown;

/** Content of the status packet. */
export interface Outcome {
  readonly error: number;
  readonly data?: Uint8Array;
}

/** Executes an instruction on one servo. */
export function execute(servo: XSeriesServo, instruction: SingleInstruction, nowNs: number): Outcome {
  switch (instruction.kind) {
    case 'ping':
      return { error: OK, data: pingData(servo) };
    case 'read': {
      const data = servo.read(instruction.address, instruction.length, nowNs);
      return typeof data === 'number' ? { error: data } : { error: OK, data };
    }
    case 'write':
      return { error: servo.write(instruction.address, instruction.data) };
    case 'regWrite':
      return { error: servo.register(instruction.address, instruction.data) };
    case 'action':
      return { error: servo.action() };
    case 'factoryReset':
      servo.factoryReset(instruction.scope, nowNs);
      return { error: OK };
    case 'reboot':
      servo.reboot(nowNs);
      return { error: OK };
    case 'clear':
      return { error: servo.clear() };
    case 'unknown':
      return { error: rejectUnknown(servo, instruction) };
  }
}

/** A known code with invalid parameters, or an unknown instruction. */
function rejectUnknown(servo: XSeriesServo, { instruction, parameters }: DynamixelUnknown): number {
  switch (instruction) {
    case DYNAMIXEL_INSTRUCTION.controlTableBackup: {
      if (parameters.length !== 5) return DATA_LENGTH_ERROR;
      if (!BACKUP_LETTERS.every((letter, i) => parameters[i + 1] === letter)) return DATA_RANGE_ERROR;
      if (parameters[0] === 1) return servo.store();
      return parameters[0] === 2 ? servo.restore() : DATA_RANGE_ERROR;
    }
    case DYNAMIXEL_INSTRUCTION.factoryReset:
      return parameters.length === 1 ? DATA_RANGE_ERROR : DATA_LENGTH_ERROR;
    case DYNAMIXEL_INSTRUCTION.clear:
      return parameters.length === 5 ? DATA_RANGE_ERROR : DATA_LENGTH_ERROR;
    case DYNAMIXEL_INSTRUCTION.ping:
    case DYNAMIXEL_INSTRUCTION.read:
    case DYNAMIXEL_INSTRUCTION.write:
    case DYNAMIXEL_INSTRUCTION.regWrite:
    case DYNAMIXEL_INSTRUCTION.action:
    case DYNAMIXEL_INSTRUCTION.reboot:
      return DATA_LENGTH_ERROR;
    default:
      return INSTRUCTION_ERROR;
  }
}

/** A secondary ID accesses RAM only and gets no reply. */
export function executeAsSecondary(servo: XSeriesServo, instruction: SingleInstruction): void {
  if (instruction.kind === 'write' && servo.table.isRam(instruction.address))
    servo.write(instruction.address, instruction.data);
  if (instruction.kind === 'regWrite' && servo.table.isRam(instruction.address))
    servo.register(instruction.address, instruction.data);
  if (instruction.kind === 'action') servo.action();
}

/** Model number and firmware. */
export function pingData(servo: XSeriesServo): Uint8Array {
  const { number, firmware } = servo.model;
  return Uint8Array.of(number & 0xff, number >> 8, firmware);
}
