import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskCheckResult } from '../../src/commands/task/types.ts';
import { cli, Cli } from '../support/cli.ts';
import { useRobotCopy } from '../support/robot-copy.ts';

const MODULE = `export default { create: () => ({
  observationNames: ['a'], observe: () => [0],
  reward: ({ after }) => after.sensors.get('camera')[0],
}) };`;

/** A module whose reward begins with these statements, on line 3. */
function moduleWith(statements: string): string {
  return `export default { create: () => ({
  observationNames: ['a'], observe: () => [0],
  reward() { ${statements} return 1; },
}) };`;
}

describe('softqd task check', function () {
  this.timeout(120_000);
  const temporary = useRobotCopy('arm2');

  /** Writes tasks/own.json5 with this module; returns the arguments that check it. */
  const own = (source: string): string[] => {
    const tasks = join(temporary.path, 'my-arm/tasks');
    writeFileSync(join(tasks, 'own.json5'), "{ module: './own.mjs', discount: 0.9, horizon: 50 }");
    writeFileSync(join(tasks, 'own.mjs'), source);
    return ['task', 'check', 'my-arm/tasks/own.json5'];
  };

  it('names the line of a task that throws', async () => {
    const { code, stdout, stderr } = await cli(own(MODULE), { cwd: temporary.path });
    assert.equal(code, 2);
    assert.match(
      stderr,
      /own\.mjs:3:\d+: reward: Cannot read properties of undefined \(reading '0'\) \[E_TASK_MODULE\]/,
    );
    // Checks that were not completed are not passed.
    assert.doesNotMatch(stdout, /^ {2}ok /m);
  });

  it('ends where a function does not return, and says which one', async () => {
    const { code, events } = await cli([...own(moduleWith('for (;;);')), '--json'], { cwd: temporary.path });
    assert.equal(code, 2);
    const { checks, error } = events[0] as unknown as TaskCheckResult;
    assert.match(checks.at(-1)!.problem!, /own\.mjs:3:\d+: reward: did not return within 5 s$/);
    assert.deepEqual([error!.code, error!.message], ['E_TASK_MODULE', checks.at(-1)!.problem]);
    const { check, function: called, line } = error!.values as Record<string, unknown>;
    assert.deepEqual([check, called, line], ['time', 'reward', 3]);
  });

  it('ends at Ctrl-C while a function does not return', async () => {
    const run = new Cli(own(moduleWith("console.log('stuck'); for (;;);")), { cwd: temporary.path });
    // What a module logs is no result: it goes to standard error.
    await new Promise<void>((resolve) =>
      run.child.stderr.on('data', (text: string) => text.includes('stuck') && resolve()),
    );
    run.child.kill('SIGINT');
    const { code, stdout } = await run.done;
    assert.deepEqual([code, stdout], [130, '']);
  });

  for (const [what, source, message] of [
    ['calls process.exit', moduleWith('process.exit(0);'), /own\.mjs:3:\d+: reward: calls process\.exit\(0\)/],
    ['exits while it is loaded', 'process.exit(0);', /own\.mjs:1:\d+: cannot be loaded: calls process\.exit\(0\)/],
    [
      'ends its process',
      moduleWith("process.kill(process.pid, 'SIGKILL');"),
      /own\.json5: the task ended its process \(SIGKILL\)/,
    ],
  ] as const) {
    it(`refuses a task that ${what}`, async () => {
      const result = await cli([...own(source), '--json'], { cwd: temporary.path });
      assert.deepEqual([result.code, result.events.length], [2, 1]);
      const { error } = result.events[0] as unknown as TaskCheckResult;
      assert.equal(error!.code, 'E_TASK_MODULE');
      assert.match(error!.message, message);
    });
  }
});
