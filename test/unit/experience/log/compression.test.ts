import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { McapWriter } from '@mcap/core';
import { logInfo, readLog } from '../../../../src/experience/index.ts';
import { scratchDirectory } from '../../../support/experience/transitions.ts';

/** An LZ4 frame of one block that is one run of literals. */
function lz4Frame(bytes: Uint8Array): Uint8Array {
  const lengths: number[] = [];
  for (let rest = bytes.length - 15; ; rest -= 255) {
    lengths.push(Math.min(255, rest));
    if (rest < 255) break;
  }
  const block = Buffer.concat([Uint8Array.of(0xf0, ...lengths), bytes]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(block.length);
  return Buffer.concat([Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73), size, block, Buffer.alloc(4)]);
}

/** A closed file of another writer with one topic. */
async function foreignLog(compression: string, compress: (bytes: Uint8Array) => Uint8Array): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let position = 0;
  const writer = new McapWriter({
    writable: {
      position: () => BigInt(position),
      write: (bytes) => {
        parts.push(bytes.slice());
        position += bytes.length;
        return Promise.resolve();
      },
    },
    compressChunk: (bytes) => ({ compression, compressedData: compress(bytes) }),
  });
  await writer.start({ profile: '', library: 'other' });
  const metadata = new Map<string, string>();
  const channelId = await writer.registerChannel({ schemaId: 0, topic: '/camera', messageEncoding: 'json', metadata });
  for (let n = 0; n < 30; n++) {
    const data = new TextEncoder().encode(`{"frame":${n}}`);
    await writer.addMessage({ channelId, sequence: n, logTime: BigInt(n), publishTime: BigInt(n + 1), data });
  }
  await writer.end();
  return Buffer.concat(parts);
}

describe('A log of another writer', () => {
  const scratch = scratchDirectory();
  const file = join(scratch.path, 'other.mcap');
  after(() => scratch.remove());

  it('is read when its chunks are LZ4', async () => {
    writeFileSync(file, await foreignLog('lz4', lz4Frame));
    const info = await logInfo([file]);
    assert.deepEqual(info.topics, { '/camera': 30 });
    assert.deepEqual(info.damaged, { records: 0, chunks: 0, bytes: 0 });
    const frames: string[] = [];
    for await (const message of readLog(file)) {
      if (message.kind === 'other') frames.push(new TextDecoder().decode(message.data));
    }
    assert.equal(frames[29], '{"frame":29}');
  });

  it('is rejected with the name of an unsupported compression', async () => {
    writeFileSync(file, await foreignLog('brotli', (bytes) => bytes));
    await assert.rejects(logInfo([file]), { code: 'E_LOG_FILE', message: /compression "brotli"/ });
  });
});
