import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SoftqdError } from '../../../src/base/errors.ts';
import { RunDirectory } from '../../../src/runs/run-directory.ts';
import type { RunFile } from '../../../src/config/run-file.ts';
import { temporaryDirectory } from '../../support/cli.ts';

const file = (changes: Partial<RunFile> = {}): RunFile =>
  ({
    format: 1,
    command: 'pretrain',
    startedAt: '2026-01-02T03:04:05.678Z',
    robot: 'pendulum',
    task: 'Pendulum-v1',
    seed: 1,
    sessionUuid: 'u',
    identity: 'i',
    config: {},
    ...changes,
  }) as RunFile;

describe('RunDirectory', () => {
  const data = temporaryDirectory();
  after(() => data.remove());

  it('creates a directory for each run, also for two in the same second, and finds the newest match', () => {
    const first = RunDirectory.create(data.path, file({ identity: 'a' }));
    const second = RunDirectory.create(data.path, file({ identity: 'b' }));
    const third = RunDirectory.create(data.path, file({ identity: 'a', startedAt: '2026-01-03T00:00:00.000Z' }));
    assert.notEqual(first.path, second.path);
    assert.equal(RunDirectory.newest(data.path, (run) => run.identity === 'a')?.path, third.path);
    assert.equal(RunDirectory.newest(data.path, (run) => run.identity === 'b')?.path, second.path);
    assert.equal(
      RunDirectory.newest(data.path, () => false),
      null,
    );
    assert.equal(RunDirectory.findById(data.path, third.path).path, third.path);
    assert.equal(RunDirectory.findById(data.path, third.path.split('/').at(-1)!).path, third.path);
  });

  it('lists the runs when one is not found, and names the error of a corrupt one', () => {
    assert.throws(
      () => RunDirectory.findById(data.path, 'nowhere'),
      (error) =>
        error instanceof SoftqdError &&
        error.code === 'E_RUN_UNKNOWN' &&
        error.hint.includes('20260103-000000-pendulum'),
    );
    const run = RunDirectory.create(data.path, file({ seed: 9 }));
    writeFileSync(join(run.path, 'run.json'), '{"format":1,');
    assert.throws(() => RunDirectory.open(run.path), /damaged/);
  });

  it('truncates the curve to the checkpoint', () => {
    const run = RunDirectory.create(data.path, file({ seed: 3 }));
    const row = { episode: 1, mode: 'best', mean: -1.5, std: NaN, updates: 4, alpha: 0.1, entropy: -1, wallS: 2 };
    for (const step of [100, 200, 300]) run.appendCurve({ ...row, step });
    run.cutCurve(200);
    run.appendCurve({ ...row, step: 300, mean: -1 });
    assert.deepEqual(readFileSync(join(run.path, 'curve.csv'), 'utf8').trim().split('\n'), [
      'step,episode,mode,mean,std,updates,alpha,entropy,wallS',
      '100,1,best,-1.5,,4,0.1,-1,2',
      '200,1,best,-1.5,,4,0.1,-1,2',
      '300,1,best,-1,,4,0.1,-1,2',
    ]);
  });

  it('names a directory that is not writable', () => {
    writeFileSync(join(data.path, 'a-file'), '');
    for (const folder of [join(data.path, 'a-file', 'below'), '/proc/softqd/data']) {
      assert.throws(
        () => RunDirectory.create(folder, file()),
        (error) => error instanceof SoftqdError && error.code === 'E_DATA_DIRECTORY' && error.message.includes(folder),
      );
    }
  });
});
