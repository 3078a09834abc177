import { readFileSync } from 'node:fs';
import { BridgeFrameDecoder } from '../src/wire/bridge/bridge-frame.ts';
import { DynamixelPacketDecoder } from '../src/wire/dynamixel/index.ts';
import { FeetechPacketDecoder } from '../src/wire/feetech/index.ts';
import { option } from './support/machine.ts';

// Random bytes, clean packets and every one-byte corruption of the vectors through the three stream decoders: what is accepted, the
// memory used, and MB/s. `--bytes N` (100 million) random bytes each.
const bytes = Number(option('bytes', '100000000'));
const CHUNK = 4096;
const BLOCK = 1 << 20;

interface Decoder {
  append(chunk: Uint8Array): void;
  next(): unknown;
}

/** Fills with xorshift32: fast, and reproducible from `state`. */
function fillRandom(block: Uint32Array, state: number): number {
  for (let i = 0; i < block.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    block[i] = state;
  }
  return state;
}

/** Feeds a block in chunks as a serial port would and counts the packets; the seconds used are added to `clock`. */
function feed(decoder: Decoder, block: Uint8Array, clock: { s: number }): number {
  let accepted = 0;
  const begin = performance.now();
  for (let at = 0; at < block.length; at += CHUNK) {
    decoder.append(block.subarray(at, at + CHUNK));
    while (decoder.next() !== null) accepted++;
  }
  clock.s += (performance.now() - begin) / 1000;
  return accepted;
}

function random(make: () => Decoder): { accepted: number; mbPerS: number; heapGrowthMb: number } {
  const words = new Uint32Array(BLOCK / 4);
  const block = new Uint8Array(words.buffer);
  const clock = { s: 0 };
  const decoder = make();
  let state = 2463534242;
  let accepted = 0;
  const before = process.memoryUsage();
  for (let done = 0; done < bytes; done += BLOCK) {
    state = fillRandom(words, state);
    accepted += feed(decoder, block.subarray(0, Math.min(BLOCK, bytes - done)), clock);
  }
  const after = process.memoryUsage();
  const growth = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  return { accepted, mbPerS: Math.round(bytes / clock.s / 1e6), heapGrowthMb: Math.round(growth / 1e5) / 10 };
}

/** The vectors repeatedly, without a corrupt byte: the cost without errors. */
function clean(make: () => Decoder, wires: readonly Uint8Array[]): { packets: number; mbPerS: number } {
  const once = Uint8Array.from(wires.flatMap((wire) => [...wire]));
  const block = new Uint8Array(Math.floor(BLOCK / once.length) * once.length);
  for (let at = 0; at < block.length; at += once.length) block.set(once, at);
  const clock = { s: 0 };
  const decoder = make();
  let packets = 0;
  for (let i = 0; i < 50; i++) packets += feed(decoder, block, clock);
  return { packets, mbPerS: Math.round((50 * block.length) / clock.s / 1e6) };
}

/** Every vector with every byte changed to each of the 255 others: how many complete packets with the length of the vector were accepted. */
function corrupted(make: () => Decoder, wires: readonly Uint8Array[]): { tried: number; accepted: number } {
  let tried = 0;
  let accepted = 0;
  for (const wire of wires) {
    for (let at = 0; at < wire.length; at++) {
      for (let flip = 1; flip < 256; flip++) {
        const damaged = wire.slice();
        damaged[at]! ^= flip;
        const decoder = make();
        decoder.append(damaged);
        while (decoder.next() !== null) accepted++;
        tried++;
      }
    }
  }
  return { tried, accepted };
}

function wiresOf(file: string): Uint8Array[] {
  const url = new URL(`../test/vectors/${file}.json`, import.meta.url);
  const tables = JSON.parse(readFileSync(url, 'utf8')) as Record<string, { hex: string }[]>;
  return Object.values(tables).flatMap((rows) =>
    rows.map(({ hex }) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))),
  );
}

const kinds = {
  bridge: { make: () => new BridgeFrameDecoder(), wires: wiresOf('bridge-frames').filter((wire) => wire.length < 400) },
  feetech: { make: () => new FeetechPacketDecoder(), wires: wiresOf('feetech') },
  dynamixel: { make: () => new DynamixelPacketDecoder(), wires: wiresOf('dynamixel') },
};
const report = Object.fromEntries(
  Object.entries(kinds).map(([name, { make, wires }]) => [
    name,
    { random: random(make), clean: clean(make, wires), corrupted: corrupted(make, wires) },
  ]),
);
process.stdout.write(`${JSON.stringify({ bytes, ...report })}\n`);
