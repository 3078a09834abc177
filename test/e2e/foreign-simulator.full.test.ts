import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cli, Cli, errorCode, quickLearner, temporaryDirectory, type CliResult } from '../support/cli.ts';
import { skipUnless } from '../support/skips.ts';

const root = join(import.meta.dirname, '../..');
const simulator = `python3 '${join(root, 'test/support/seed_only_simulator.py')}'`;
const pendulum = `python3 '${join(root, 'examples/10-write-a-simulator-in-python/simulator_pendulum.py')}'`;

/** Processes of Python with this text in their command lines. */
function running(text: string): string[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes(text) && !line.includes('--simulator'));
}

describe('a simulator that softqd starts (--simulator COMMAND)', function () {
  this.timeout(120_000);
  const directory = temporaryDirectory();
  const env = { SEEDS: join(directory.path, 'seeds'), DIED: join(directory.path, 'died'), DIE_AFTER: '70' };
  const policy = join(directory.path, 'policy.safetensors');
  const pretrain = (steps: number, ...flags: string[]): string[] => [
    ...['pretrain', '--robot', 'pendulum', '--task', 'Pendulum-v1', '--steps', String(steps), '--seed', '1'],
    ...['--out', policy, '--data', directory.path, '--simulator', simulator, ...quickLearner, '--json', ...flags],
  ];
  const seeds = (): string[] => readFileSync(env.SEEDS, 'utf8').trim().split('\n');

  before(function () {
    skipUnless(this, spawnSync('python3', ['--version']).status === 0, 'python3 runs the simulator');
  });
  after(() => directory.remove());
  afterEach(() => assert.deepEqual(running('seed_only_simulator'), []));

  it('trains by seeds; one that exits is started again, and the run continues', async () => {
    const result = await cli(pretrain(120), { env });
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stderr, /the simulator chooses initial states by seed and saves no state: --resume repeats/);
    assert.match(result.stderr, /exited: exit code 3, its last output:\n.*\nout of cheese/);
    assert.match(result.stderr, /is started again; the run continues from step 69 with new episodes/);
    const last = result.events.at(-1)!;
    assert.deepEqual([last['event'], last['steps']], ['done', 120]);
    assert.equal(new Set(seeds()).size, 2);
  });

  it('repeats the open episode when the run is resumed', async () => {
    const [, open] = seeds();
    const result = await cli(pretrain(130, '--resume'), { env });
    assert.equal(result.code, 0, result.stderr);
    assert.deepEqual(seeds().slice(2), [open]);
    assert.equal(result.events.at(-1)!['steps'], 130);
  });

  it('evaluates by seed, the same ones for every policy; given initial states are rejected', async () => {
    const evaluate = (...flags: string[]): Promise<CliResult> =>
      cli(['evaluate', '--policy', policy, '--simulator', simulator, '--json', ...flags], { env });
    const results = [await evaluate('--episodes', '2'), await evaluate('--episodes', '2', '--mode', 'zero')];
    assert.deepEqual(
      results.map(({ code }) => code),
      [0, 0],
    );
    const [first, second, ...again] = seeds().slice(3);
    assert.deepEqual(again, [first, second]);
    assert.notEqual(first, second);
    const states = ['--initial-states', join(root, 'test/support/one-state.jsonl')];
    const given = await evaluate(...states);
    assert.deepEqual([given.code, errorCode(given)], [2, 'E_NOT_IMPLEMENTED']);
  });

  it('that runs in lock-step is rejected by run, with what to do', async () => {
    const run = ['run', '--robot', 'pendulum', '--task', 'Pendulum-v1', '--data', directory.path, '--json'];
    const result = await cli([...run, '--simulator', pendulum], { env });
    assert.deepEqual([result.code, errorCode(result)], [2, 'E_PROTOCOL_MISMATCH']);
    const { error } = result.events.at(-1) as { error: { message: string; hint: string } };
    assert.match(error.message, /simulator_pendulum\.py' runs in lock-step; softqd run needs real time/);
    assert.match(error.hint, /pretrain --simulator trains.*evaluate --policy FILE --simulator plays/);
    const both = await cli([...run, '--simulator', pendulum, '--driver', 'ws://127.0.0.1:1'], { env });
    assert.deepEqual([both.code, errorCode(both)], [2, 'E_USAGE']);
  });

  it('ends with softqd: Ctrl-C, and SIGKILL of the daemon', async () => {
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      const run = new Cli(pretrain(1_000_000, '--data', join(directory.path, signal)), { env });
      try {
        await run.event(({ event }) => event === 'progress');
        assert.equal(running('seed_only_simulator').length, 1);
      } finally {
        run.child.kill(signal);
      }
      assert.equal((await run.done).code, signal === 'SIGINT' ? 130 : null);
      for (let i = 0; i < 100 && running('seed_only_simulator').length > 0; i++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.deepEqual(running('seed_only_simulator'), []);
    }
  });

  it('that does not start is reported with its output', async () => {
    const result = await cli(pretrain(100, '--simulator', `sh -c 'echo no license; exit 4'`), { env });
    assert.deepEqual([result.code, errorCode(result)], [1, 'E_SIMULATOR_LOST']);
    const { error } = result.events.at(-1) as { error: { message: string } };
    assert.match(error.message, /exited before it accepted a connection: exit code 4, its last output:\nno license/);
  });
});
