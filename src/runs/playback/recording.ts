import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SoftqdError } from '../../base/errors.ts';
import { expandLogPaths, readLog, type TickRecord, type LogMessage } from '../../experience/index.ts';
import type { Transition } from '../../robot/transition.ts';
import { parseRecordingHeader, type RecordingHeader } from '../recording-header.ts';

/** A recorded run: its header, its ticks, and the transition that each tick's reading ended. */
export class Recording {
  readonly header: RecordingHeader;
  /** Ended by the reading of the tick that was read last; null: none. */
  transition: Transition | null = null;
  private readonly messages: AsyncIterator<LogMessage>;

  private constructor(header: RecordingHeader, messages: AsyncIterator<LogMessage>) {
    this.header = header;
    this.messages = messages;
  }

  /** `path`: an .mcap file, the log folder of a run, or the run. Throws E_LOG_FILE when it contains no recorded run. */
  static async open(path: string): Promise<Recording> {
    const inRun = join(path, 'log');
    const messages = messagesOf(await expandLogPaths([existsSync(inRun) ? inRun : path]));
    for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
      const { value } = next;
      const header = value.kind === 'event' ? parseRecordingHeader(value.event) : null;
      if (header !== null) return new Recording(header, messages);
      if (value.kind === 'tick') break;
    }
    await messages.return(undefined);
    throw new SoftqdError('E_LOG_FILE', `${path} does not contain the start of a real-time run`, {
      hint: 'Pass the first .mcap file, or the log folder, of a softqd run whose log.ticks was true.',
      values: { path },
    });
  }

  async *ticks(): AsyncGenerator<TickRecord> {
    for (let next = await this.messages.next(); next.done !== true; next = await this.messages.next()) {
      const { value } = next;
      if (value.kind === 'transition') this.transition = value.transition;
      if (value.kind !== 'tick') continue;
      yield value.tick;
      this.transition = null;
    }
  }

  /** Closes the files. */
  async close(): Promise<void> {
    await this.messages.return?.();
  }
}

async function* messagesOf(files: readonly string[]): AsyncGenerator<LogMessage, undefined, undefined> {
  for (const file of files) yield* readLog(file);
  return undefined;
}
