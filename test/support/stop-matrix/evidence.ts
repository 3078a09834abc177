import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { commandWrites, type JointValue } from './command-writes.ts';

/** What drives a joint: its motor's effort (`hold`: of a board that holds a stopped joint), short-circuited windings, or nothing. */
export type DriveKind = 'effort' | 'hold' | 'damp' | 'torque-off';

/** What a device, not softqd, reports about a stop. Times are CLOCK_MONOTONIC. */
export interface Evidence {
  /** Of a virtual device; null: a simulator, ROS. */
  readonly protocol: 'feetech' | 'dynamixel' | 'bridge' | null;
  readonly joints: readonly string[];
  readonly positions: readonly { readonly atNs: number; readonly values: readonly number[] }[];
  /** null: the device has no stop modes. */
  readonly drives: readonly { readonly atNs: number; readonly kinds: readonly DriveKind[] }[] | null;
  /** Goals that reached a joint, in the unit of the device. */
  readonly goals: readonly JointValue[];
  /** Everything that was sent to the device. */
  readonly requests: readonly { readonly atNs: number; readonly bytes: number }[];
  readonly faults: readonly { readonly atNs: number; readonly text: string }[];
  /** Timeouts of the servos' own watchdogs, s, as they were set; 0: off. */
  readonly ownTimeouts: readonly JointValue[];
}

interface Line {
  readonly kind: string;
  readonly atNs: number;
  readonly joints?: readonly string[];
  readonly ids?: readonly number[];
  readonly protocol?: 'feetech' | 'dynamixel' | 'bridge';
  readonly positions?: readonly number[];
  readonly drives?: readonly DriveKind[];
  readonly bytes?: string;
  readonly fault?: string;
}

/** Reads the file of `softqd virtual --ground-truth`. */
export async function readGroundTruth(file: string): Promise<Evidence> {
  let start: Line | null = null;
  const positions: { atNs: number; values: readonly number[] }[] = [];
  const drives: { atNs: number; kinds: readonly DriveKind[] }[] = [];
  const requests: { atNs: number; bytes: Uint8Array }[] = [];
  const faults: { atNs: number; text: string }[] = [];
  for await (const text of createInterface(createReadStream(file))) {
    if (text.startsWith('{"kind":"reply"') || text.startsWith('{"kind":"frame"')) continue;
    const line = JSON.parse(text) as Line;
    const { atNs } = line;
    if (line.kind === 'start') start = line;
    else if (line.kind === 'joints') positions.push({ atNs, values: line.positions! });
    else if (line.kind === 'drives') drives.push({ atNs, kinds: line.drives! });
    else if (line.kind === 'request') requests.push({ atNs, bytes: Buffer.from(line.bytes!, 'hex') });
    else if (line.kind === 'fault') faults.push({ atNs, text: line.fault! });
  }
  const { joints, ids, protocol } = start!;
  const { goals, ownTimeouts } = commandWrites(requests, protocol!, ids!.length > 0 ? ids! : joints!.map((_, i) => i));
  return {
    protocol: protocol!,
    ...{ joints: joints!, positions, drives, goals, ownTimeouts, faults },
    requests: requests.map(({ atNs, bytes }) => ({ atNs, bytes: bytes.length })),
  };
}
