import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SoftqdError } from '../../../src/base/errors.ts';
import type { RunFile } from '../../../src/config/run-file.ts';
import { lockRun } from '../../../src/processes/run-lock.ts';
import { RunDirectory } from '../../../src/runs/run-directory.ts';
import { deletableRuns, deleteRun, storedRuns } from '../../../src/runs/stored-runs.ts';
import { temporaryDirectory } from '../../support/cli.ts';

const refusal =
  (code: string, hint: RegExp) =>
  (error: unknown): boolean =>
    error instanceof SoftqdError && error.code === code && hint.test(error.hint);

describe('stored runs', () => {
  const data = temporaryDirectory();
  after(() => data.remove());
  const create = (day: number): RunDirectory =>
    RunDirectory.create(data.path, {
      ...{ format: 1, command: 'pretrain', startedAt: `2026-01-0${day}T03:04:05.678Z`, robot: 'arm2', task: 'reach' },
      ...{ preset: 'default', seed: day, sessionUuid: 'u', identity: 'i', config: {} },
    } as RunFile);

  it('are listed newest first with state, policy, latest evaluation and size', () => {
    assert.deepEqual(storedRuns(data.path), []);
    const [first, second] = [create(1), create(2)];
    writeFileSync(first.policyFile, Buffer.alloc(5000));
    const row = { episode: 1, std: 0, updates: 1, alpha: 1, entropy: 1, wallS: 1 };
    first.appendCurve({ ...row, step: 100, mode: 'best', mean: -3 });
    first.appendCurve({ ...row, step: 200, mode: 'best', mean: -2 });
    first.appendCurve({ ...row, step: 200, mode: 'sample', mean: -9 });
    mkdirSync(join(data.path, 'runs', '0-damaged'));
    const release = lockRun(second.path);
    const [newest, older, damaged] = storedRuns(data.path);
    release();
    assert.deepEqual([newest!.id, newest!.pid, newest!.policy], [second.id, process.pid, null]);
    assert.deepEqual(
      [older!.id, older!.pid, older!.policy, older!.evaluation],
      [first.id, null, first.policyFile, { step: 200, mean: -2 }],
    );
    assert.ok(older!.bytes > 5000 && older!.bytes < 7000);
    assert.deepEqual(older!.file?.seed, 1);
    assert.deepEqual([damaged!.id, damaged!.file], ['0-damaged', null]);
  });

  it('are deleted by ID or directory; an unknown or a running one refuses all', () => {
    const [third, fourth] = [create(3), create(4)];
    assert.throws(
      () => deletableRuns(data.path, [third.id, `${fourth.id}x`]),
      refusal('E_RUN_UNKNOWN', new RegExp(`Did you mean ${fourth.id}\\?`)),
    );
    for (const outside of ['..', '.', '', data.path, '/tmp'])
      assert.throws(() => deletableRuns(data.path, [outside]), refusal('E_RUN_UNKNOWN', /./), outside);
    const release = lockRun(fourth.path);
    assert.throws(() => deletableRuns(data.path, [third.id, fourth.id]), refusal('E_RUN_LOCKED', /Stop it first/));
    release();
    const runs = deletableRuns(data.path, [third.id, fourth.path, third.path]);
    assert.deepEqual(
      runs.map(({ id }) => id),
      [third.id, fourth.id],
    );
    runs.forEach(deleteRun);
    assert.ok(!existsSync(third.path) && !existsSync(fourth.path));
  });

  it('that a process has begun to write to meanwhile are kept', () => {
    const run = create(5);
    const [stored] = deletableRuns(data.path, [run.id]);
    const release = lockRun(run.path);
    assert.throws(() => deleteRun(stored!), refusal('E_RUN_LOCKED', /./));
    release();
    assert.ok(existsSync(run.policyFile) || existsSync(run.curveFile));
  });
});
