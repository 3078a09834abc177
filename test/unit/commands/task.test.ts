import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cli, errorCode, type CliResult } from '../../support/cli.ts';
import { useRobotCopy } from '../../support/robot-copy.ts';

describe('softqd task', function () {
  this.timeout(120_000);
  const temporary = useRobotCopy('arm2');
  const softqd = (...words: string[]): Promise<CliResult> => cli(words, { cwd: temporary.path });

  it('new writes a task that check accepts, and does not overwrite it', async () => {
    const created = await softqd('task', 'new', 'lift', '--robot', './my-arm');
    assert.equal(created.code, 0, created.stderr);
    assert.match(created.stdout, /softqd pretrain --robot \.\/my-arm --task lift/);
    const tasks = join(temporary.path, 'my-arm/tasks');
    assert.deepEqual(readdirSync(tasks), ['lift.json5', 'lift.ts', 'reach.json5', 'tsconfig.json']);
    const { code, stdout } = await softqd('task', 'check', 'my-arm/tasks/lift.json5');
    assert.equal(code, 0, stdout);
    assert.match(
      stdout,
      /task lift of robot arm2: 6 observations, 2 actions; 200 steps on simulated readings\n {2}ok {5}initial/,
    );
    const before = readFileSync(join(tasks, 'lift.ts'));
    const again = await softqd('task', 'new', 'lift', '--robot', './my-arm', '--json');
    assert.deepEqual([again.code, errorCode(again)], [2, 'E_USAGE']);
    assert.deepEqual(readFileSync(join(tasks, 'lift.ts')), before);
  });

  for (const [what, words] of [
    ['a robot by name', ['task', 'new', 'lift', '--robot', 'arm2']],
    ['a path as a name', ['task', 'new', '../lift', '--robot', './my-arm']],
    ['a file that is no task', ['task', 'check', 'my-arm/robot.json5']],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const result = await softqd(...words, '--json');
      assert.deepEqual([result.code, errorCode(result)], [2, 'E_USAGE']);
    });
  }
});
