import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TaskCheckResult } from '../../../src/commands/task/types.ts';
import { cli, Cli, errorCode, temporaryDirectory, type CliResult } from '../../support/cli.ts';

const ARM2 = fileURLToPath(new URL('../../../config/robots/arm2', import.meta.url));
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

describe('softqd task', function () {
  this.timeout(120_000);
  let temporary: ReturnType<typeof temporaryDirectory>;
  beforeEach(() => {
    temporary = temporaryDirectory();
    cpSync(ARM2, join(temporary.path, 'my-arm'), { recursive: true });
  });
  afterEach(() => temporary.remove());
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

  /** Writes tasks/own.json5 with this module; returns the arguments that check it. */
  const own = (source: string): string[] => {
    const tasks = join(temporary.path, 'my-arm/tasks');
    writeFileSync(join(tasks, 'own.json5'), "{ module: './own.mjs', discount: 0.9, horizon: 50 }");
    writeFileSync(join(tasks, 'own.mjs'), source);
    return ['task', 'check', 'my-arm/tasks/own.json5'];
  };

  it('check names the line of a task that throws', async () => {
    const { code, stdout, stderr } = await softqd(...own(MODULE));
    assert.equal(code, 2);
    assert.match(
      stderr,
      /own\.mjs:3:\d+: reward: Cannot read properties of undefined \(reading '0'\) \[E_TASK_MODULE\]/,
    );
    // Checks that were not completed are not passed.
    assert.doesNotMatch(stdout, /^ {2}ok /m);
  });

  it('check ends where a function does not return, and says which one', async () => {
    const { code, events } = await softqd(...own(moduleWith('for (;;);')), '--json');
    assert.equal(code, 2);
    const { checks, error } = events[0] as unknown as TaskCheckResult;
    assert.match(checks.at(-1)!.problem!, /own\.mjs:3:\d+: reward: did not return within 5 s$/);
    assert.deepEqual([error!.code, error!.message], ['E_TASK_MODULE', checks.at(-1)!.problem]);
    const { check, function: called, line } = error!.values as Record<string, unknown>;
    assert.deepEqual([check, called, line], ['time', 'reward', 3]);
  });

  it('check ends at Ctrl-C while a function does not return', async () => {
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
    it(`check refuses a task that ${what}`, async () => {
      const result = await softqd(...own(source), '--json');
      assert.deepEqual([result.code, result.events.length], [2, 1]);
      const { error } = result.events[0] as unknown as TaskCheckResult;
      assert.equal(error!.code, 'E_TASK_MODULE');
      assert.match(error!.message, message);
    });
  }
});
