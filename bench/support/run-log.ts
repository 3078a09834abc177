import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readLog, type LogMessage } from '../../src/experience/index.ts';

/** All messages of a run's log, in order. Throws E_LOG_FILE when it is damaged. */
export async function* runLog(directory: string): AsyncGenerator<LogMessage, void, undefined> {
  for (const name of readdirSync(directory).sort()) if (name.endsWith('.mcap')) yield* readLog(join(directory, name));
}
