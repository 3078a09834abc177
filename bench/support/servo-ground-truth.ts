import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { RobotSpec } from '../../src/robot/robot-spec.ts';
import type { ServoProtocol } from '../../src/servo/index.ts';
import { DYNAMIXEL_BROADCAST, byteUnstuff } from '../../src/wire/dynamixel/index.ts';

/** The values that a servo sent, in order of time. */
export interface TrueValues {
  readonly atNs: number[];
  readonly steps: number[];
}

/** Every position that each servo of `ids` sent, from the file of `softqd virtual --ground-truth`: before errors on the serial port. */
export async function readServoGroundTruth(
  file: string,
  protocol: ServoProtocol,
  ids: readonly number[],
): Promise<ReadonlyMap<number, TrueValues>> {
  const truth = new Map(ids.map((id) => [id, { atNs: [] as number[], steps: [] as number[] }]));
  for await (const line of createInterface(createReadStream(file))) {
    if (!line.startsWith('{"kind":"reply"')) continue;
    const { atNs, bytes } = JSON.parse(line) as { atNs: number; bytes: string };
    for (const { id, block } of blocksOf(Buffer.from(bytes, 'hex'), protocol.name, protocol.stateBlock.length)) {
      const values = truth.get(id);
      values?.atNs.push(atNs);
      values?.steps.push(protocol.parseState(block, 0).positionSteps);
    }
  }
  return truth;
}

/** The blocks of `length` bytes in one valid reply; none in a reply to another request. */
function blocksOf(
  reply: Uint8Array,
  protocol: 'feetech' | 'dynamixel',
  length: number,
): { readonly id: number; readonly block: Uint8Array }[] {
  if (protocol === 'feetech')
    return reply.length === length + 6 ? [{ id: reply[2]!, block: reply.subarray(5, 5 + length) }] : [];
  if (reply[4] === DYNAMIXEL_BROADCAST) {
    const blocks: { id: number; block: Uint8Array }[] = [];
    for (let at = 8; at + length + 4 <= reply.length; at += length + 4)
      blocks.push({ id: reply[at + 1]!, block: reply.subarray(at + 2, at + 2 + length) });
    return blocks;
  }
  const body = byteUnstuff(reply.subarray(7, reply.length - 2));
  return body.length === length + 2 ? [{ id: reply[4]!, block: body.subarray(2) }] : [];
}

/** Readings as they were accepted: steps in joint order. */
export interface AcceptedReadings {
  readonly arrivalNs: number[];
  readonly steps: number[][];
}

/** Detectable difference from the ground truth at the same time: see the gate of src/driver/servo. */
const GATE_STEPS = 40;
const GATE_SPEED = 1.5;
/** Between the end of a reply on the wire and its arrival here. */
const LATEST_NS = 20e6;

/**
 * Values that no servo sent within the time for which a value is kept. Inside the gate: so close to a sent value that no check
 * of the value can detect it; outside: further.
 */
export function wrongValues(
  accepted: AcceptedReadings,
  truth: ReadonlyMap<number, TrueValues>,
  robot: RobotSpec,
  heldNs: number,
): { readonly inside: number; readonly outside: number } {
  const count = { inside: 0, outside: 0 };
  const servos = robot.servoBus?.servos ?? [];
  for (const [joint, { id, travelPerTurnRadOrM }] of servos.entries()) {
    const { atNs, steps } = truth.get(id)!;
    const perS = ((robot.joints[joint]!.limits.maxVelocityRadOrMPerS ?? 0) / travelPerTurnRadOrM) * 4096;
    let from = 0;
    let before = NaN;
    for (const [index, arrivalNs] of accepted.arrivalNs.entries()) {
      const value = accepted.steps[index]![joint]!;
      while (from < atNs.length && atNs[from]! < arrivalNs - heldNs - LATEST_NS) from++;
      if (Math.abs(value - before) < 0.5) continue;
      before = value;
      // On a slow machine the latest value may be older than that.
      let nearest = from > 0 ? Math.abs(steps[from - 1]! - value) : Infinity;
      for (let at = from; at < atNs.length && atNs[at]! <= arrivalNs + LATEST_NS; at++)
        nearest = Math.min(nearest, Math.abs(steps[at]! - value));
      if (nearest < 0.5) continue;
      if (nearest <= GATE_STEPS + (GATE_SPEED * perS * heldNs) / 1e9) count.inside++;
      else count.outside++;
    }
  }
  return count;
}
