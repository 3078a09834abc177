import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cli, cli, quickLearner, temporaryDirectory } from '../support/cli.ts';

describe('softqd pretrain that is interrupted', function () {
  this.timeout(120_000);
  const data = temporaryDirectory();
  after(() => data.remove());
  const out = join(data.path, 'p.safetensors');
  const words = (steps: number, ...extra: string[]): string[] => [
    ...['pretrain', '--robot', 'pendulum', '--task', 'Pendulum-v1', '--seed', '1', '--steps', String(steps)],
    ...['--out', out, '--data', data.path, ...quickLearner, ...extra],
  ];

  it('does not replace a policy before anything was learned', async () => {
    writeFileSync(out, 'earlier');
    const run = new Cli(words(1e9, '--json'));
    await run.event(({ event }) => event === 'started');
    run.child.kill('SIGINT');
    const { code, stderr } = await run.done;
    assert.equal(code, 130, stderr);
    assert.match(stderr, /stopped before the first step|p\.safetensors was not written: nothing was learned yet/);
    assert.equal(readFileSync(out, 'utf8'), 'earlier');
  });

  it('writes --out, states time left and where it resumes, and ends with the next commands', async () => {
    const run = new Cli(words(1e9, '--json'));
    const progress = await run.event(({ event, updates }) => event === 'progress' && Number(updates) > 0);
    run.child.kill('SIGINT');
    const { code, stderr } = await run.done;
    assert.equal(code, 130);
    assert.ok(Number(progress['remainingS']) > 0);
    assert.match(stderr, /the policy so far \(\d+ updates\) is in .*p\.safetensors/);
    const step = Number(/stopped at step (\d+) of/.exec(stderr)![1]);
    assert.ok(existsSync(out));
    const evaluated = await cli(['evaluate', '--policy', out, '--episodes', '1', '--json']);
    assert.equal(evaluated.code, 0, evaluated.stderr);
    assert.deepEqual([evaluated.events[0]!['seed'], evaluated.events[0]!['successes']], [1000, null]);
    const resumed = await cli(words(step + 20, '--resume'));
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.ok(resumed.stdout.includes(`resumed from step ${step}\n`), resumed.stdout);
    assert.ok(resumed.stdout.includes(`softqd evaluate --policy ${out}`), resumed.stdout);
  });
});
