import { open, rm } from 'node:fs/promises';
import { SoftqdError } from '../../base/errors.ts';
import { diskError } from './disk-errors.ts';
import { RecordWriter } from './record-writer.ts';
import { writeSegmentStart } from './segment-encoder.ts';
import { publishFile, temporaryPath } from './segment-files.ts';
import { SegmentReader } from './segment-reader.ts';
import { TOPICS, type TopicName } from './topics.ts';

const NAMES = new Map(Object.entries(TOPICS).map(([name, { topic }]) => [topic as string, name as TopicName]));
const WRITE_BYTES = 1 << 20;

interface LiveSegment {
  readonly bytes: number;
  readonly messages: number;
}

export interface ReopenedSegment extends LiveSegment {
  /** Puts the rewritten file in the place of the old one. */
  readonly publish: () => Promise<void>;
}

/**
 * Rewrites a segment to its state after the first `keep` messages: no chunks, no end, ready to be appended to. The new file
 * is next to the old one until `publish`. Throws E_LOG_FILE for messages that are not softqd's, E_DISK.
 */
export async function reopenSegment(path: string, keep: number): Promise<ReopenedSegment> {
  const temporary = temporaryPath(path);
  const reader = await SegmentReader.open(path);
  try {
    const handle = await open(temporary, 'w');
    try {
      const writer = new RecordWriter(WRITE_BYTES + 65_536);
      let bytes = 0;
      let messages = 0;
      const drain = async (): Promise<void> => {
        await handle.writeFile(writer.bytes());
        bytes += writer.length;
        writer.reset();
      };
      writeSegmentStart(writer);
      for (let batch = await reader.next(); batch !== null && messages < keep; batch = await reader.next()) {
        for (const { channel, sequence, logTimeNs, data } of batch.slice(0, keep - messages)) {
          const name = NAMES.get(channel.topic);
          if (name === undefined) throw unknownTopicError(path, channel.topic);
          writer.message(TOPICS[name].id, sequence, logTimeNs, data);
          messages += 1;
        }
        if (writer.length > WRITE_BYTES) await drain();
      }
      await drain();
      await handle.sync();
      return { bytes, messages, publish: () => publishFile(temporary, path) };
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw diskError(thrown, path);
  } finally {
    await reader.close();
  }
}

function unknownTopicError(path: string, topic: string): SoftqdError {
  return new SoftqdError(
    'E_LOG_FILE',
    `${path} contains the topic ${topic}, which softqd does not write; cannot append`,
    {
      hint: 'Choose another run or directory.',
      values: { path, topic },
    },
  );
}
