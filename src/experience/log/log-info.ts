import { SoftqdError } from '../../base/errors.ts';
import type { Transition } from '../../robot/transition.ts';
import { transitionIn } from './decode-message.ts';
import { expandLogPaths } from './log-paths.ts';
import { forEachMessage, SegmentReader } from './segment-reader.ts';
import { SequenceRanges } from './sequence-ranges.ts';

export interface SessionInfo {
  readonly uuid: string;
  /** Lowest and highest sequence. */
  readonly first: number;
  readonly last: number;
  /** How many between them are not there. */
  readonly missing: number;
}

export interface LogInfo {
  /** How many files. */
  readonly files: number;
  /** Messages of all topics. */
  readonly records: number;
  readonly transitions: number;
  readonly episodes: number;
  readonly sessions: readonly SessionInfo[];
  /** Messages of each topic. */
  readonly topics: Readonly<Record<string, number>>;
  /** Where the first file that was cut or damaged ends, bytes: after its last whole record; null when all were closed properly. */
  readonly truncatedAt: number | null;
  /** Every such file; the reason is null where the bytes simply end (crash, or still being written). */
  readonly truncated: readonly { readonly file: string; readonly at: number; readonly reason: string | null }[];
}

interface Session {
  readonly sequences: SequenceRanges;
  readonly episodes: Set<number>;
}

/** What a log holds; `paths` are files or log directories. Throws E_LOG_FILE (not found, a damaged transition), E_DISK. */
export async function logInfo(paths: readonly string[]): Promise<LogInfo> {
  const files = await expandLogPaths(paths);
  const topics = new Map<string, number>();
  const sessions = new Map<string, Session>();
  const truncated: { file: string; at: number; reason: string | null }[] = [];
  for (const file of files) {
    const reader = await SegmentReader.open(file);
    try {
      await forEachMessage(reader, (message) => {
        const { topic } = message.channel;
        topics.set(topic, (topics.get(topic) ?? 0) + 1);
        const transition = transitionIn(message);
        if (transition !== null) note(sessions, transition);
        return true;
      });
      if (reader.wholeBytes === 0 && reader.damage !== null) throw notALog(file, reader.damage);
      if (!reader.closed) truncated.push({ file, at: reader.wholeBytes, reason: reader.damage });
    } finally {
      await reader.close();
    }
  }
  let records = 0;
  for (const count of topics.values()) records += count;
  let episodes = 0;
  for (const session of sessions.values()) episodes += session.episodes.size;
  return {
    files: files.length,
    records,
    transitions: topics.get('/softqd/transition') ?? 0,
    episodes,
    sessions: Array.from(
      sessions,
      ([
        uuid,
        {
          sequences: { first, last, missing },
        },
      ]) => ({ uuid, first, last, missing }),
    ),
    topics: Object.fromEntries(topics),
    truncatedAt: truncated[0]?.at ?? null,
    truncated,
  };
}

function notALog(file: string, reason: string): SoftqdError {
  return new SoftqdError('E_LOG_FILE', `${file} is not a log file: ${reason}`, {
    hint: 'Logs are the .mcap files in the log folder of a run.',
  });
}

function note(sessions: Map<string, Session>, { sessionUuid, sequence, episode }: Transition): void {
  let session = sessions.get(sessionUuid);
  if (session === undefined) {
    session = { sequences: new SequenceRanges(), episodes: new Set() };
    sessions.set(sessionUuid, session);
  }
  session.sequences.add(sequence);
  session.episodes.add(episode);
}
