import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '../../../src/base/digest-adapter.ts';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { logInfo, readLog, recoverLog, type DamagedPlace } from '../../../src/experience/index.ts';
import { openTestLog, range, transitionAt } from './transitions.ts';
import { tickAt } from './ticks.ts';

/** Result of reading a file: kind and digest of each message, and the reported corruption. */
interface FileContent {
  readonly messages: readonly string[];
  readonly damage: readonly DamagedPlace[];
}

export interface FlipResult {
  /** Messages of the undamaged file that are missing, as indexes. */
  readonly lost: readonly number[];
  readonly damage: readonly DamagedPlace[];
}

/** Writes a log with messages of every topic to `directory`; closed, or as a crash leaves it. Returns the bytes of its file. */
export async function sampleLog(directory: string, state: 'open' | 'closed'): Promise<Buffer> {
  const random = new XoshiroRandom(5);
  const { log } = await openTestLog(directory);
  const numbers = (count: number): Float64Array => Float64Array.from({ length: count }, () => random.uniform() * 8 - 4);
  // A closed log has several chunks of 256 KiB.
  const joints = state === 'open' ? 2 : 900;
  const names = range(0, joints).map((i) => `joint${i}`);
  for (const n of range(0, state === 'open' ? 40 : 20)) {
    log.append(transitionAt(n));
    const monotonicTimeNs = n * 20_000_000;
    if (n % 3 === 0) log.event({ monotonicTimeNs, level: 'info', code: 'note', message: `event ${n}`, values: { n } });
    log.jointStates({
      monotonicTimeNs,
      names,
      positions: numbers(joints),
      velocities: numbers(joints),
      efforts: numbers(joints),
    });
    log.metrics({ monotonicTimeNs, metrics: { alpha: random.uniform() } });
    log.tick(tickAt(n));
  }
  await log.flush();
  const file = join(directory, '00000.mcap');
  const open = readFileSync(file);
  await log.close();
  return state === 'open' ? open : readFileSync(file);
}

/** Flips one random bit in each of `places` equal parts of the file, one after another, and reads each corrupt file. */
export class BitFlips {
  private readonly directory: string;
  private readonly bytes: Buffer;
  private readonly random: XoshiroRandom;
  private readonly original: readonly string[];

  private constructor(directory: string, bytes: Buffer, seed: number, original: readonly string[]) {
    this.directory = directory;
    this.bytes = bytes;
    this.random = new XoshiroRandom(seed);
    this.original = original;
  }

  static async of(directory: string, bytes: Buffer, seed: number): Promise<BitFlips> {
    const file = join(directory, 'undamaged.mcap');
    writeFileSync(file, bytes);
    const { messages, damage } = await read(file);
    assert.deepEqual(damage, []);
    return new BitFlips(directory, bytes, seed, messages);
  }

  /** Flips a bit in part `index` of `parts`. Fails when a message differs from the undamaged file's. */
  async flip(index: number, parts: number): Promise<FlipResult> {
    const { bytes, random } = this;
    const at = Math.min(bytes.length - 1, Math.floor(((index + random.uniform()) * bytes.length) / parts));
    const bit = random.integer(8);
    const file = this.write(at, bit);
    const { messages, damage } = await read(file);
    return { lost: missing(this.original, messages, `bit ${bit} of byte ${at}`), damage };
  }

  /** Recovers the file that was read last; the new file is undamaged and has the same messages. */
  async recover(lost: readonly number[]): Promise<void> {
    const out = join(this.directory, 'recovered.mcap');
    const { records } = await recoverLog(join(this.directory, 'flipped.mcap'), out);
    const { messages, damage } = await read(out);
    assert.deepEqual(damage, []);
    assert.equal((await logInfo([out])).truncatedAt, null);
    assert.equal(records, messages.length);
    assert.deepEqual(missing(this.original, messages, 'recovered'), lost);
    rmSync(out);
  }

  private write(at: number, bit: number): string {
    const file = join(this.directory, 'flipped.mcap');
    const flipped = Buffer.from(this.bytes);
    flipped[at]! ^= 1 << bit;
    writeFileSync(file, flipped);
    return file;
  }
}

/** Indexes of `original` that are not in `found`; what is found must be in the original, in its order. */
function missing(original: readonly string[], found: readonly string[], label: string): number[] {
  const lost: number[] = [];
  let next = 0;
  for (const [i, message] of original.entries()) {
    if (found[next] === message) next += 1;
    else lost.push(i);
  }
  assert.equal(next, found.length, `${label}: message ${next} is not one of the undamaged log: ${found[next]}`);
  return lost;
}

async function read(file: string): Promise<FileContent> {
  const messages: string[] = [];
  const damage: DamagedPlace[] = [];
  for await (const message of readLog(file, (place) => damage.push(place))) {
    messages.push(`${message.kind} ${digest(message)}`);
  }
  return { messages, damage };
}

/** Of all values, bit by bit. */
function digest(message: unknown): string {
  const json = JSON.stringify(message, (_, value: unknown) =>
    ArrayBuffer.isView(value)
      ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
      : value,
  );
  return sha256Hex(Buffer.from(json));
}
