import { makeDirectory } from '../../../base/make-directory-adapter.ts';
import { readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SoftqdError } from '../../../base/errors.ts';
import type { Transition } from '../../../robot/transition.ts';
import { diskError, systemCode } from '../../log/disk-errors.ts';
import { CHUNKS_SIZE, DataFiles, DATA_FILE_MB, filePath } from './data-files.ts';
import { episodesOf, framesPerSecond } from './episodes.ts';
import { FeatureStats } from './feature-stats.ts';
import { featuresJson, featuresOf, type Feature } from './features.ts';
import { ParquetTable } from './parquet-table.ts';

export interface LerobotRequest {
  /** Reads the log from its beginning; called twice. */
  readonly transitions: () => AsyncIterable<Transition>;
  /** A directory that does not exist or is empty. */
  readonly out: string;
  readonly robotType: string;
  readonly task: string;
}

interface EpisodeRow {
  readonly length: number;
  readonly file: number;
  readonly from: number;
}

const VIDEO_FILE_MB = 200;
const TASK_COLUMNS = [
  { name: 'task_index', field_name: 'task_index', pandas_type: 'int64', numpy_type: 'int64', metadata: null },
  { name: 'task', field_name: 'task', pandas_type: 'unicode', numpy_type: 'object', metadata: null },
];

/**
 * Writes a LeRobot data set v3.0: observation.state, action (the applied one), next.reward, next.done and the mandatory columns. It is
 * written next to `out` and renamed when complete. Returns how many frames. Throws E_USAGE (`out` is not empty), E_LOG_FILE (no
 * transition, other sizes), E_DISK.
 */
export async function exportLerobot({ transitions, out, robotType, task }: LerobotRequest): Promise<number> {
  await requireNewDirectory(out);
  const beside = `${out.replace(/\/+$/, '')}.partial`;
  try {
    await rm(beside, { recursive: true, force: true });
    makeDirectory(join(beside, 'meta'));
    const fps = await framesPerSecond(transitions());
    const { episodes, frames, features, stats } = await writeFrames(transitions(), join(beside, 'data'), fps);
    writeEpisodes(join(beside, 'meta', 'episodes'), episodes, task);
    writeTasks(join(beside, 'meta', 'tasks.parquet'), task);
    const json = (name: string, value: unknown): Promise<void> =>
      writeFile(join(beside, 'meta', name), `${JSON.stringify(value, null, 4)}\n`);
    await json('stats.json', Object.fromEntries(features.map(({ name }, i) => [name, stats[i]!])));
    await json('info.json', infoJson({ robotType, fps, episodes: episodes.length, frames, features }));
    await rmdir(out).catch(() => undefined);
    await rename(beside, out);
    return frames;
  } catch (thrown) {
    await rm(beside, { recursive: true, force: true });
    throw diskError(thrown, out);
  }
}

interface Written {
  readonly episodes: readonly EpisodeRow[];
  readonly frames: number;
  readonly features: readonly Feature[];
  readonly stats: readonly FeatureStats[];
}

async function writeFrames(transitions: AsyncIterable<Transition>, directory: string, fps: number): Promise<Written> {
  const episodes: EpisodeRow[] = [];
  let features: readonly Feature[] = [];
  let stats: readonly FeatureStats[] = [];
  let data: DataFiles | null = null;
  let index = 0;
  for await (const episode of episodesOf(transitions)) {
    if (data === null) {
      features = featuresOf(episode[0]!);
      stats = features.map(({ size }) => new FeatureStats(size));
      data = new DataFiles(directory, features);
    }
    const file = data.beginEpisode();
    const episodeIndex = episodes.length;
    episodes.push({ length: episode.length, file, from: index });
    for (const [frameIndex, transition] of episode.entries()) {
      const frame = { transition, frameIndex, episodeIndex, index, timestampS: Math.fround(frameIndex / fps) };
      data.add(frame);
      for (const [i, { values }] of features.entries()) stats[i]!.add(values(frame));
      index += 1;
    }
  }
  if (data === null) {
    throw new SoftqdError('E_LOG_FILE', 'no transitions to export', {
      hint: 'Pass the log of a run that made at least one step.',
    });
  }
  data.finish();
  return { episodes, frames: index, features, stats };
}

function writeEpisodes(directory: string, episodes: readonly EpisodeRow[], task: string): void {
  const int64 = (name: string) => ({ name, type: 'int64' }) as const;
  const table = new ParquetTable(join(directory, filePath(0).path), [
    int64('episode_index'),
    { name: 'tasks', type: 'string-list' },
    int64('length'),
    int64('data/chunk_index'),
    int64('data/file_index'),
    int64('dataset_from_index'),
    int64('dataset_to_index'),
    int64('meta/episodes/chunk_index'),
    int64('meta/episodes/file_index'),
  ]);
  table.append([
    episodes.map((_, i) => BigInt(i)),
    episodes.map(() => [task]),
    episodes.map(({ length }) => BigInt(length)),
    episodes.map(({ file }) => BigInt(filePath(file).chunk)),
    episodes.map(({ file }) => BigInt(filePath(file).file)),
    episodes.map(({ from }) => BigInt(from)),
    episodes.map(({ from, length }) => BigInt(from + length)),
    episodes.map(() => 0n),
    episodes.map(() => 0n),
  ]);
  table.finish();
}

/** The task is the index of a pandas frame: without this metadata LeRobot reads task numbers where texts should be. */
function writeTasks(path: string, task: string): void {
  const pandas = { index_columns: ['task'], column_indexes: [], columns: TASK_COLUMNS, pandas_version: '2.2.3' };
  const table = new ParquetTable(
    path,
    [
      { name: 'task_index', type: 'int64' },
      { name: 'task', type: 'string' },
    ],
    [{ key: 'pandas', value: JSON.stringify(pandas) }],
  );
  table.append([[0n], [task]]);
  table.finish();
}

interface DatasetInfo {
  readonly robotType: string;
  readonly fps: number;
  readonly episodes: number;
  readonly frames: number;
  readonly features: readonly Feature[];
}

function infoJson({ robotType, fps, episodes, frames, features }: DatasetInfo): Readonly<Record<string, unknown>> {
  return {
    codebase_version: 'v3.0',
    robot_type: robotType,
    total_episodes: episodes,
    total_frames: frames,
    total_tasks: 1,
    chunks_size: CHUNKS_SIZE,
    data_files_size_in_mb: DATA_FILE_MB,
    video_files_size_in_mb: VIDEO_FILE_MB,
    fps,
    splits: { train: `0:${episodes}` },
    data_path: 'data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet',
    video_path: null,
    features: featuresJson(features),
  };
}

async function requireNewDirectory(out: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(out);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return;
    names = [out];
  }
  if (names.length === 0) return;
  throw new SoftqdError('E_USAGE', `${out} exists already and is not overwritten`, {
    hint: 'Pass an --out directory that does not exist yet.',
    values: { out },
  });
}
