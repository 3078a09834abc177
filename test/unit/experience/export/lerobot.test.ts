import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { exportLog } from '../../../../src/experience/index.ts';
import { episodesOf } from '../../../../src/experience/export/lerobot/episodes.ts';
import { FeatureStats } from '../../../../src/experience/export/lerobot/feature-stats.ts';
import { openTestLog, range, scratchDirectory, transitionAt } from '../../../support/experience/transitions.ts';

type Row = Record<string, unknown>;

const rowsOf = async (path: string): Promise<Row[]> => parquetReadObjects({ file: await asyncBufferFromFile(path) });
const json = (path: string): Row => JSON.parse(readFileSync(path, 'utf8')) as Row;

describe('Exporting a LeRobot dataset', () => {
  const scratch = scratchDirectory();
  const log = join(scratch.path, 'log');
  const out = join(scratch.path, 'dataset');
  after(() => scratch.remove());

  before(async () => {
    const opened = await openTestLog(log);
    for (const n of range(0, 45)) opened.log.append(transitionAt(n));
    await opened.log.close();
    assert.deepEqual(await exportLog({ files: [log], format: 'lerobot', out, robot: 'arm2', task: 'reach' }), {
      transitions: 45,
      damaged: { records: 0, chunks: 0, bytes: 0 },
    });
  });

  it('has all thirteen fields of info.json, and a rate from the measured times', () => {
    const info = json(join(out, 'meta', 'info.json'));
    const { features, ...facts } = info;
    assert.deepEqual(facts, {
      codebase_version: 'v3.0',
      robot_type: 'arm2',
      total_episodes: 5,
      total_frames: 45,
      total_tasks: 1,
      chunks_size: 1000,
      data_files_size_in_mb: 100,
      video_files_size_in_mb: 200,
      fps: 50,
      splits: { train: '0:5' },
      data_path: 'data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet',
      video_path: null,
    });
    const shape = (dtype: string, names: string[] | null, size = 1): Row => ({ dtype, shape: [size], names });
    assert.deepEqual(features, {
      'observation.state': shape('float32', ['observation_state_0', 'observation_state_1', 'observation_state_2'], 3),
      action: shape('float32', ['action_0', 'action_1'], 2),
      'next.reward': shape('float32', null),
      'next.done': shape('bool', null),
      timestamp: shape('float32', null),
      frame_index: shape('int64', null),
      episode_index: shape('int64', null),
      index: shape('int64', null),
      task_index: shape('int64', null),
    });
  });

  it('contains every transition with its index in episode and dataset', async () => {
    const rows = await rowsOf(join(out, 'data', 'chunk-000', 'file-000.parquet'));
    assert.equal(rows.length, 45);
    for (const [n, row] of rows.entries()) {
      const t = transitionAt(n);
      assert.deepEqual(row, {
        'observation.state': Array.from(t.observation),
        action: Array.from(t.appliedAction),
        'next.reward': Math.fround(t.reward),
        'next.done': t.terminated || t.truncated,
        timestamp: Math.fround((n % 10) / 50),
        frame_index: BigInt(n % 10),
        episode_index: BigInt(Math.floor(n / 10)),
        index: BigInt(n),
        task_index: 0n,
      });
    }
  });

  it('lists episodes with half-open ranges, the last one unfinished', async () => {
    const rows = await rowsOf(join(out, 'meta', 'episodes', 'chunk-000', 'file-000.parquet'));
    assert.deepEqual(
      rows.map((row) => [row['episode_index'], row['length'], row['dataset_from_index'], row['dataset_to_index']]),
      [
        [0n, 10n, 0n, 10n],
        [1n, 10n, 10n, 20n],
        [2n, 10n, 20n, 30n],
        [3n, 10n, 30n, 40n],
        [4n, 5n, 40n, 45n],
      ],
    );
    assert.deepEqual(rows[0]!['tasks'], ['reach']);
  });

  it('names its task as the index of a pandas frame', async () => {
    const path = join(out, 'meta', 'tasks.parquet');
    assert.deepEqual(await rowsOf(path), [{ task_index: 0n, task: 'reach' }]);
    const { key_value_metadata: metadata } = await parquetMetadataAsync(await asyncBufferFromFile(path));
    const pandas = JSON.parse(metadata!.find(({ key }) => key === 'pandas')!.value!) as {
      index_columns: string[];
      columns: Row[];
    };
    assert.deepEqual(pandas.index_columns, ['task']);
    assert.deepEqual(
      pandas.columns.map((column) => column['name']),
      ['task_index', 'task'],
    );
  });

  it('has statistics of every feature', () => {
    const stats = json(join(out, 'meta', 'stats.json')) as Record<string, Record<string, number[]>>;
    assert.deepEqual(Object.keys(stats).length, 9);
    for (const values of Object.values(stats)) {
      assert.deepEqual(Object.keys(values).sort(), [
        'count',
        'max',
        'mean',
        'min',
        'q01',
        'q10',
        'q50',
        'q90',
        'q99',
        'std',
      ]);
      assert.deepEqual(values['count'], [45]);
    }
    assert.equal(stats['observation.state']!['mean']!.length, 3);
    assert.deepEqual([stats['index']!['min'], stats['index']!['q50'], stats['index']!['max']], [[0], [22], [44]]);
  });

  it('writes a single number as a plain column, as LeRobot requires', async () => {
    const narrow = join(scratch.path, 'narrow');
    const { log: opened } = await openTestLog(narrow);
    opened.append({ ...transitionAt(0), appliedAction: Float32Array.of(0.5) });
    await opened.close();
    const target = join(scratch.path, 'narrow-dataset');
    await exportLog({ files: [narrow], format: 'lerobot', out: target });
    const [row] = await rowsOf(join(target, 'data', 'chunk-000', 'file-000.parquet'));
    assert.equal(row!['action'], 0.5);
  });

  it('does not overwrite a file or leave an incomplete one', async () => {
    await assert.rejects(exportLog({ files: [log], format: 'lerobot', out }), { code: 'E_USAGE' });
    const file = join(scratch.path, 'a-file');
    writeFileSync(file, 'mine');
    await assert.rejects(exportLog({ files: [log], format: 'lerobot', out: file }), { code: 'E_USAGE' });
    assert.equal(readFileSync(file, 'utf8'), 'mine');
    const empty = join(scratch.path, 'empty');
    await (await openTestLog(empty)).log.close();
    const target = join(scratch.path, 'none');
    mkdirSync(target);
    await assert.rejects(exportLog({ files: [empty], format: 'lerobot', out: target }), { code: 'E_LOG_FILE' });
    assert.equal(existsSync(`${target}.partial`), false);
    await exportLog({ files: [log], format: 'lerobot', out: target });
    assert.ok(existsSync(join(target, 'meta', 'info.json')));
  });

  it('separates the episodes of parallel simulators', async () => {
    const interleaved = async function* () {
      for (const n of range(0, 12))
        yield await Promise.resolve({
          ...transitionAt(n),
          episode: n % 2,
          step: n >> 1,
          terminated: n === 6,
          truncated: false,
        });
    };
    const episodes: number[][] = [];
    for await (const episode of episodesOf(interleaved())) episodes.push(episode.map(({ sequence }) => sequence));
    assert.deepEqual(episodes, [
      [0, 2, 4, 6],
      [1, 3, 5, 7, 9, 11],
      [8, 10],
    ]);
  });

  it('keeps statistics bounded: quantiles of a million numbers are accurate to 0.001', () => {
    const stats = new FeatureStats(1);
    for (let i = 0; i < 1_000_000; i++) stats.add([(i * 7919) % 1_000_000]);
    const { q10, q50, mean, std, count } = stats.toJSON();
    assert.ok(Math.abs(q10![0]! - 1e5) < 1e3 && Math.abs(q50![0]! - 5e5) < 1e3);
    assert.ok(Math.abs(mean![0]! - 499_999.5) < 1e-3 && Math.abs(std![0]! - 1e6 / Math.sqrt(12)) < 1);
    assert.deepEqual(count, [1_000_000]);
  });
});
