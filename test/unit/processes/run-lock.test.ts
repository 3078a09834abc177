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

  it('keeps a second process out and names the first, until it lets go', () => {
    const release = lockRun(folder.path);
    assert.throws(() => lockRun(folder.path), { code: 'E_RUN_LOCKED', message: new RegExp(`process ${process.pid} `) });
    release();
    assert.equal(existsSync(file), false);
    lockRun(folder.path)();
  });

  it('takes over from a process that is gone, from a cut file, and from a process number that was given out again', async () => {
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
