import { SoftqdError } from '../../base/errors.ts';
import type { Transition } from '../../robot/transition.ts';
import { transitionIn } from './decode-message.ts';
import { addCounts, NO_DAMAGE, type DamageCounts, type DamagedPlace } from './log-damage.ts';
import { expandLogPaths } from './log-paths.ts';
import { forEachMessage, SegmentReader } from './segment-reader.ts';
import { SequenceRanges } from './sequence-ranges.ts';
import { TOPICS } from './topics.ts';

export interface SessionInfo {
  readonly uuid: string;
  /** Lowest and highest sequence number. */
  readonly first: number;
  readonly last: number;
  /** Sequence numbers between them that the log does not contain. */
  readonly missing: number;
}

export interface LogInfo {
  /** Number of files. */
  readonly files: number;
  /** Messages of all topics, without corrupt ones. */
  readonly records: number;
  readonly transitions: number;
  readonly episodes: number;
  readonly sessions: readonly SessionInfo[];
  /** Messages of each topic. */
  readonly topics: Readonly<Record<string, number>>;
  /** End of the last complete record of the first file that was not closed properly, bytes; null when all were. */
  readonly truncatedAt: number | null;
  /** Every such file; the reason is null when the file ends early (crash, or still being written). */
  readonly truncated: readonly { readonly file: string; readonly at: number; readonly reason: string | null }[];
  /** What was skipped because it is corrupt. */
  readonly damaged: DamageCounts;
  /** Where, at most a hundred places for each file. */
  readonly damagedPlaces: readonly DamagedPlace[];
}

interface Session {
  readonly sequences: SequenceRanges;
  readonly episodes: Set<number>;
}

/** Contents of a log; `paths` are files or log directories. Throws E_LOG_FILE (not found, not a log), E_DISK. */
export async function logInfo(paths: readonly string[]): Promise<LogInfo> {
  const files = await expandLogPaths(paths);
  const topics = new Map<string, number>();
  const sessions = new Map<string, Session>();
  const truncated: { file: string; at: number; reason: string | null }[] = [];
  const damagedPlaces: DamagedPlace[] = [];
  let damaged = NO_DAMAGE;
  for (const file of files) {
    const reader = await SegmentReader.open(file);
    try {
      await forEachMessage(reader, (message) => {
        const { topic } = message.channel;
        topics.set(topic, (topics.get(topic) ?? 0) + 1);
        const transition = transitionIn(message);
        if (transition !== null) addTransition(sessions, transition);
        return true;
      });
      const { closed, completeBytes: at } = reader;
      const reason = reader.damageAtEnd?.reason ?? null;
      if (at === 0 && reason !== null) throw notALog(file, reason);
      if (!closed) truncated.push({ file, at, reason });
      damaged = addCounts(damaged, reader.damage);
      damagedPlaces.push(...reader.damagedPlaces.map((place) => ({ file, ...place })));
    } finally {
      await reader.close();
    }
  }
  return {
    files: files.length,
    ...counts(topics, sessions),
    truncatedAt: truncated[0]?.at ?? null,
    truncated,
    damaged,
    damagedPlaces,
  };
}

function counts(
  topics: ReadonlyMap<string, number>,
  sessions: ReadonlyMap<string, Session>,
): Pick<LogInfo, 'records' | 'transitions' | 'episodes' | 'sessions' | 'topics'> {
  const sum = (numbers: Iterable<number>): number => Array.from(numbers).reduce((total, number) => total + number, 0);
  return {
    records: sum(topics.values()),
    transitions: topics.get(TOPICS.transition.topic) ?? 0,
    episodes: sum(Array.from(sessions.values(), ({ episodes }) => episodes.size)),
    sessions: Array.from(sessions, ([uuid, { sequences }]) => {
      const { first, last, missing } = sequences;
      return { uuid, first, last, missing };
    }),
    topics: Object.fromEntries(topics),
  };
}

function notALog(file: string, reason: string): SoftqdError {
  return new SoftqdError('E_LOG_FILE', `${file} is not a log file: ${reason}`, {
    hint: 'Logs are the .mcap files in the log folder of a run.',
  });
}

function addTransition(sessions: Map<string, Session>, { sessionUuid, sequence, episode }: Transition): void {
  let session = sessions.get(sessionUuid);
  if (session === undefined) {
    session = { sequences: new SequenceRanges(), episodes: new Set() };
    sessions.set(sessionUuid, session);
  }
  session.sequences.add(sequence);
  session.episodes.add(episode);
}
