import { BridgeFrameDecoder } from '../../../src/wire/bridge/bridge-frame.ts';
import {
  DynamixelPacketDecoder,
  parseDynamixelInstruction,
  X_SERIES_REGISTERS,
  DYNAMIXEL_WATCHDOG_MS_PER_STEP,
} from '../../../src/wire/dynamixel/index.ts';
import { FeetechPacketDecoder, parseFeetechInstruction, STS3215_REGISTERS } from '../../../src/wire/feetech/index.ts';
import { softqd } from '../../../src/wire/generated/messages.js';
import { readRegister, type Register } from '../../../src/wire/registers.ts';

interface Request {
  readonly atNs: number;
  readonly bytes: Uint8Array;
}

interface Write {
  readonly id: number;
  readonly address: number;
  readonly data: Uint8Array;
}

/** A value that reached a joint. */
export interface JointValue {
  readonly atNs: number;
  readonly joint: number;
  readonly value: number;
}

export interface CommandWrites {
  readonly goals: readonly JointValue[];
  /** Timeouts of the servos' own watchdogs, s; 0: off. */
  readonly ownTimeouts: readonly JointValue[];
}

/** The goals and timeouts among all requests to a device, decoded from their bytes. `ids` in joint order. */
export function commandWrites(
  requests: readonly Request[],
  protocol: 'feetech' | 'dynamixel' | 'bridge',
  ids: readonly number[],
): CommandWrites {
  switch (protocol) {
    case 'bridge':
      return { goals: bridgeTargets(requests), ownTimeouts: [] };
    case 'feetech':
      return { goals: valuesOf(feetechWrites(requests), STS3215_REGISTERS.goalPosition, ids), ownTimeouts: [] };
    case 'dynamixel': {
      const writes = dynamixelWrites(requests);
      const periods = valuesOf(writes, X_SERIES_REGISTERS.busWatchdog, ids);
      const ownTimeouts = periods.map((write) => ({
        ...write,
        value: (Math.max(0, write.value) * DYNAMIXEL_WATCHDOG_MS_PER_STEP) / 1000,
      }));
      return { goals: valuesOf(writes, X_SERIES_REGISTERS.goalPosition, ids), ownTimeouts };
    }
  }
}

type TimedWrite = Write & { readonly atNs: number };

/** The values of one register, whatever other registers the same write covers. */
function valuesOf(writes: readonly TimedWrite[], register: Register, ids: readonly number[]): readonly JointValue[] {
  return writes.flatMap(({ atNs, id, address, data }) => {
    const from = register.address - address;
    const joint = ids.indexOf(id);
    if (joint < 0 || from < 0 || from + register.size > data.length) return [];
    return [{ atNs, joint, value: readRegister(register, data, from) }];
  });
}

function feetechWrites(requests: readonly Request[]): readonly TimedWrite[] {
  const decoder = new FeetechPacketDecoder();
  return requests.flatMap(({ atNs, bytes }) => {
    const writes: TimedWrite[] = [];
    decoder.append(bytes);
    for (let packet = decoder.next(); packet !== null; packet = decoder.next()) {
      const instruction = parseFeetechInstruction(packet);
      if (instruction.kind === 'write') writes.push({ ...instruction, atNs });
      if (instruction.kind !== 'syncWrite') continue;
      for (const { id, data } of instruction.items) writes.push({ atNs, id, address: instruction.address, data });
    }
    return writes;
  });
}

function dynamixelWrites(requests: readonly Request[]): readonly TimedWrite[] {
  const decoder = new DynamixelPacketDecoder();
  return requests.flatMap(({ atNs, bytes }) => {
    const writes: TimedWrite[] = [];
    decoder.append(bytes);
    for (let packet = decoder.next(); packet !== null; packet = decoder.next()) {
      const instruction = parseDynamixelInstruction(packet);
      if (instruction.kind === 'write') writes.push({ ...instruction, atNs });
      else if (instruction.kind === 'bulkWrite') for (const item of instruction.items) writes.push({ ...item, atNs });
      else if (instruction.kind === 'syncWrite')
        for (const { id, data } of instruction.items) writes.push({ atNs, id, address: instruction.address, data });
    }
    return writes;
  });
}

function bridgeTargets(requests: readonly Request[]): readonly JointValue[] {
  const decoder = new BridgeFrameDecoder();
  return requests.flatMap(({ atNs, bytes }) => {
    const values: JointValue[] = [];
    decoder.append(bytes);
    for (let payload = decoder.next(); payload !== null; payload = decoder.next()) {
      const targets = softqd.v1.LinkToBoard.decode(payload).command?.targetRadOrMOrPerSOrNmOrN ?? [];
      targets.forEach((value, joint) => values.push({ atNs, joint, value }));
    }
    return values;
  });
}
