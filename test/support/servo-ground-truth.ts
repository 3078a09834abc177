import { readFileSync } from 'node:fs';
import {
  DynamixelPacketDecoder,
  parseDynamixelInstruction,
  X_SERIES_REGISTERS,
} from '../../src/wire/dynamixel/index.ts';
import { FeetechPacketDecoder, parseFeetechInstruction, STS3215_REGISTERS } from '../../src/wire/feetech/index.ts';
import { readRegister } from '../../src/wire/registers.ts';

/** One register written to one servo, as it arrived there. */
export interface ReceivedWrite {
  readonly atMs: number;
  readonly id: number;
  readonly register: string;
  readonly value: number;
}

interface Line {
  readonly kind: string;
  readonly atNs: number;
  readonly bytes?: string;
  readonly positions?: readonly number[];
  readonly velocities?: readonly number[];
  readonly fault?: string;
}

/** What really happened to virtual servos: the ground-truth file of `softqd virtual`. Times in ms of CLOCK_MONOTONIC. */
export class ServoGroundTruth {
  private readonly lines: readonly Line[];
  private readonly protocol: 'feetech' | 'dynamixel';

  constructor(file: string, protocol: 'feetech' | 'dynamixel') {
    this.protocol = protocol;
    const whole = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    this.lines = whole.map((line) => JSON.parse(line) as Line);
  }

  /** Time of the newest line. */
  get lastMs(): number {
    return (this.lines.at(-1)?.atNs ?? 0) / 1e6;
  }

  writes(): ReceivedWrite[] {
    const decoder = this.protocol === 'feetech' ? new FeetechPacketDecoder() : new DynamixelPacketDecoder();
    const registers = Object.values(this.protocol === 'feetech' ? STS3215_REGISTERS : X_SERIES_REGISTERS);
    const writes: ReceivedWrite[] = [];
    for (const { kind, atNs, bytes } of this.lines) {
      if (kind !== 'request' || bytes === undefined) continue;
      decoder.append(Buffer.from(bytes, 'hex'));
      for (let packet = decoder.next(); packet !== null; packet = decoder.next()) {
        const instruction =
          decoder instanceof FeetechPacketDecoder
            ? parseFeetechInstruction(packet as Parameters<typeof parseFeetechInstruction>[0])
            : parseDynamixelInstruction(packet as Parameters<typeof parseDynamixelInstruction>[0]);
        if (instruction.kind !== 'write' && instruction.kind !== 'syncWrite') continue;
        const register = registers.find(({ address }) => address === instruction.address)!;
        const items = instruction.kind === 'syncWrite' ? instruction.items : [instruction];
        for (const { id, data } of items)
          writes.push({ atMs: atNs / 1e6, id, register: register.name, value: readRegister(register, data) });
      }
    }
    return writes;
  }

  /** Time of the last write that changed a register of a servo after `sinceMs`, and the value of that register. */
  changed(register: string, id: number, sinceMs: number): { readonly atMs: number; readonly value: number } | null {
    const own = this.writes().filter((write) => write.register === register && write.id === id);
    const last = own.at(-1);
    if (last === undefined || last.atMs < sinceMs) return null;
    const first = own.find(
      (write, i) => write.atMs >= sinceMs && own.slice(i).every(({ value }) => value === last.value),
    );
    return { atMs: first!.atMs, value: last.value };
  }

  positionsAt(ms: number): readonly number[] {
    const joints = this.lines.filter(({ kind }) => kind === 'joints');
    return joints.find(({ atNs }) => atNs / 1e6 >= ms)?.positions ?? joints.at(-1)!.positions!;
  }

  /** Largest distance of a joint from its position at `fromMs`, until `untilMs`, rad. */
  motion(joint: number, fromMs: number, untilMs = Infinity): number {
    const start = this.positionsAt(fromMs)[joint]!;
    const within = this.lines.filter(
      ({ kind, atNs }) => kind === 'joints' && atNs / 1e6 >= fromMs && atNs / 1e6 <= untilMs,
    );
    return Math.max(0, ...within.map(({ positions }) => Math.abs(positions![joint]! - start)));
  }

  /** Largest speed of a joint in this time, rad/s. */
  maxSpeed(joint: number, fromMs: number, untilMs: number): number {
    const within = this.lines.filter(
      ({ kind, atNs }) => kind === 'joints' && atNs / 1e6 >= fromMs && atNs / 1e6 <= untilMs,
    );
    return Math.max(0, ...within.map(({ velocities }) => Math.abs(velocities![joint]!)));
  }

  /** Time of a fault of the virtual robot, or of its end; `sinceS`: not before this time after the start. */
  faultMs(text: string, sinceS = 0): number {
    const sinceNs = (this.lines[0]?.atNs ?? 0) + (sinceS - 0.5) * 1e9;
    const found = this.lines.find(({ kind, fault, atNs }) => kind === 'fault' && fault === text && atNs >= sinceNs);
    return (found?.atNs ?? NaN) / 1e6;
  }
}
