import { decodeMessage, type LogMessage } from './decode-message.ts';
import { SegmentReader } from './segment-reader.ts';

/** All messages of one file in order, up to the last whole record. Throws E_LOG_FILE (cannot be opened, a damaged payload), E_DISK. */
export async function* readLog(file: string): AsyncGenerator<LogMessage> {
  const reader = await SegmentReader.open(file);
  try {
    for (let batch = await reader.next(); batch !== null; batch = await reader.next()) {
      for (const message of batch) yield decodeMessage(message);
    }
  } finally {
    await reader.close();
  }
}
