import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockRun } from '../../../src/processes/run-lock.ts';
import { temporaryDirectory } from '../../support/cli.ts';

describe('lockRun', () => {
  const folder = temporaryDirectory();
  after(() => folder.remove());
  const file = join(folder.path, 'lock.json');

  it('rejects a second lock with the process that has the first, until it is released', () => {
    const release = lockRun(folder.path);
    assert.throws(() => lockRun(folder.path), { code: 'E_RUN_LOCKED', message: new RegExp(`process ${process.pid}$`) });
    release();
    assert.equal(existsSync(file), false);
    lockRun(folder.path)();
  });

  it('replaces the lock of an exited process, a truncated lock, and a lock whose process ID was reused', async () => {
    const gone = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => gone.once('exit', resolve));
    for (const left of [
      JSON.stringify({ pid: gone.pid, startedAt: null }),
      '{"pid":',
      JSON.stringify({ pid: process.pid, startedAt: 'long ago' }),
    ]) {
      writeFileSync(file, left);
      const release = lockRun(folder.path);
      assert.equal((JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid, process.pid);
      release();
    }
  });
});
