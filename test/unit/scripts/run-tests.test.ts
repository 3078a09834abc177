import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const script = join(import.meta.dirname, '../../../.ci/run-tests.mjs');

function run(...commands: readonly string[]): { readonly last: string | undefined; readonly code: number | null } {
  const { stdout, status } = spawnSync(process.execPath, [script, ...commands], { encoding: 'utf8' });
  return { last: stdout.trim().split('\n').at(-1), code: status };
}

describe('.ci/run-tests.mjs', () => {
  it('sums the summary lines of all commands in its last line', () =>
    assert.deepEqual(run('echo 12 passed, 0 failed', 'echo 3 passed, 0 failed, 2 skipped'), {
      last: '15 passed, 0 failed, 2 skipped',
      code: 0,
    }));

  it('runs the second command after a failed first one and fails', () =>
    assert.deepEqual(run('echo 1 passed, 2 failed; exit 1', 'echo 5 passed, 0 failed'), {
      last: '6 passed, 2 failed',
      code: 1,
    }));

  it('counts a command that fails without a summary as one failure', () =>
    assert.deepEqual(run('exit 2', 'echo 5 passed, 0 failed'), { last: '5 passed, 1 failed', code: 1 }));
});
