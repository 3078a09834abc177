import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cli, quickLearner, temporaryDirectory, type CliResult } from '../support/cli.ts';

describe('the ID of a run', function () {
  this.timeout(180_000);
  const data = temporaryDirectory();
  after(() => data.remove());
  const softqd = async (...words: string[]): Promise<CliResult> => {
    const result = await cli([...words, '--data', data.path, '--json'], { cwd: data.path });
    assert.equal(result.code, 0, result.stdout + result.stderr);
    return result;
  };
  const runOf = (result: CliResult): string => basename(String(result.events[0]!['run']));
  const pendulum = ['--robot', 'pendulum', '--task', 'Pendulum-v1'];
  let learned = '';

  before(async () => {
    const out = join(data.path, 'p.safetensors');
    const steps = ['--steps', '80', '--seed', '1', '--out', out, '--eval-every', '80'];
    const settings = quickLearner.map((word) => (word.startsWith('evaluation.') ? 'evaluation.episodes=1' : word));
    learned = runOf(await softqd('pretrain', ...pendulum, ...steps, ...settings));
  });

  it('is accepted where its policy is', async () => {
    const evaluated = await softqd('evaluate', '--policy', learned, '--episodes', '1');
    const info = await softqd('policy', 'info', learned);
    assert.equal(evaluated.events[0]!['policySha256'], info.events[0]!['policySha256']);
    assert.ok(String(info.events[0]!['file']).endsWith(`${learned}/policy.safetensors`));
  });

  it('is accepted where its log is', async () => {
    const info = await softqd('log', 'info', learned);
    assert.equal(info.events[0]!['transitions'], 80);
    const csv = join(data.path, 't.csv');
    await softqd('log', 'export', learned, '--format', 'csv', '--out', csv);
    assert.ok(readFileSync(csv, 'utf8').trimEnd().split('\n').length >= 80);
    const report = await softqd('report', learned);
    assert.ok(existsSync(String(report.events[0]!['file'])));
  });

  it('is accepted as policy of a run, and that run as a playback', async () => {
    const ran = runOf(await softqd('run', ...pendulum, '--policy', learned, '--duration', '1'));
    const played = await softqd('run', ...pendulum, '--policy', learned, '--driver', `playback:${ran}`);
    const { playback } = played.events.at(-1)! as { playback: Record<string, unknown> };
    assert.deepEqual([playback['commandMismatches'], playback['actions']], [0, 'recomputed']);
    const refused = await cli(['evaluate', '--policy', ran, '--data', data.path]);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /has no policy/);
  });

  it('is listed and deleted', async () => {
    const list = await softqd('runs', 'list');
    const runs = list.events[0]!['runs'] as { id: string; pid: unknown; evaluation: { step: number } | null }[];
    assert.deepEqual([runs.length, runs.at(-1)!.id, runs.at(-1)!.pid], [2, learned, null]);
    assert.equal(runs.at(-1)!.evaluation?.step, 80);
    const table = await cli(['runs', 'list', '--data', data.path]);
    assert.match(table.stdout, new RegExp(`^${learned} +pretrain +default +ended +yes +-.* at step 80 +\\d`, 'm'));
    const unasked = await cli(['runs', 'delete', learned, '--data', data.path]);
    assert.equal(unasked.code, 2);
    assert.match(unasked.stderr, /--yes/);
    const deleted = await softqd('runs', 'delete', learned, '--yes');
    assert.deepEqual(deleted.events[0]!['deleted'], [learned]);
    assert.ok(!existsSync(join(data.path, 'runs', learned)));
  });
});
