import { open, rm, type FileHandle } from 'node:fs/promises';
import { McapWriter } from '@mcap/core';
import { compressZstd } from './compression.ts';
import { diskError } from './disk-errors.ts';
import { isDamaged } from './log-damage.ts';
import { MCAP_LIBRARY } from './mcap-format.ts';
import type { ChannelInfo, SchemaInfo } from './channel-info.ts';
import { publishFile, temporaryPath } from './segment-files.ts';
import { SegmentReader } from './segment-reader.ts';

/** Small enough that decompressing one next to the control loop takes about a millisecond. */
const CHUNK_BYTES = 1 << 18;

/** Writes the messages of `reader` as a closed file with zstd chunks and indexes; returns how many. Equal messages produce equal bytes. */
export async function writeCompacted(reader: SegmentReader, handle: FileHandle): Promise<number> {
  let position = 0;
  const writer = new McapWriter({
    chunkSize: CHUNK_BYTES,
    startChannelId: 1,
    writable: {
      position: () => BigInt(position),
      write: async (bytes) => {
        await handle.writeFile(bytes);
        position += bytes.length;
      },
    },
    compressChunk: (bytes) => ({ compression: 'zstd', compressedData: compressZstd(bytes) }),
  });
  await writer.start({ profile: '', library: MCAP_LIBRARY });
  const channels = new Channels(writer);
  let messages = 0;
  for (let batch = await reader.next(); batch !== null; batch = await reader.next()) {
    for (const { channel, sequence, logTimeNs, data } of batch) {
      const channelId = await channels.idOf(channel);
      const time = BigInt(logTimeNs);
      await writer.addMessage({ channelId, sequence, logTime: time, publishTime: time, data });
    }
    messages += batch.length;
  }
  await writer.end();
  await handle.sync();
  return messages;
}

/** Replaces a closed segment by its compacted form: written next to it, synced, renamed. Returns false when the segment was left unchanged. */
export async function compactSegment(path: string): Promise<boolean> {
  const temporary = temporaryPath(path);
  const reader = await SegmentReader.open(path);
  try {
    const handle = await open(temporary, 'w');
    try {
      await writeCompacted(reader, handle);
    } finally {
      await handle.close();
    }
    // A segment that is open, corrupt or already compacted keeps its bytes.
    if (!reader.closed || reader.chunked || isDamaged(reader.damage)) {
      await rm(temporary);
      return false;
    }
    await publishFile(temporary, path);
    return true;
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw diskError(thrown, path);
  } finally {
    await reader.close();
  }
}

/** Registers schemas and channels when the first message needs them, in that order. */
class Channels {
  private readonly writer: McapWriter;
  private readonly schemas = new Map<SchemaInfo, number>();
  private readonly channels = new Map<ChannelInfo, number>();

  constructor(writer: McapWriter) {
    this.writer = writer;
  }

  async idOf(channel: ChannelInfo): Promise<number> {
    const known = this.channels.get(channel);
    if (known !== undefined) return known;
    const schemaId = channel.schema === null ? 0 : await this.schemaId(channel.schema);
    const { topic, messageEncoding } = channel;
    const id = await this.writer.registerChannel({ schemaId, topic, messageEncoding, metadata: new Map() });
    this.channels.set(channel, id);
    return id;
  }

  private async schemaId(schema: SchemaInfo): Promise<number> {
    const known = this.schemas.get(schema);
    if (known !== undefined) return known;
    const id = await this.writer.registerSchema(schema);
    this.schemas.set(schema, id);
    return id;
  }
}
