import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cli, errorCode, quickLearner, temporaryDirectory, type CliResult } from '../support/cli.ts';
import { parseHtml, tableRows } from '../support/html.ts';
import { readTensorBoard } from '../support/tensorboard.ts';

describe('the outputs of a run', function () {
  this.timeout(180_000);
  const data = temporaryDirectory();
  after(() => data.remove());
  const quick = quickLearner.map((text) => (text === 'evaluation.everySteps=0' ? 'evaluation.everySteps=80' : text));
  const settings = ['evaluation.episodes=2', 'simulator.port=0'];
  const pretrain = (steps: number, ...extra: string[]): Promise<CliResult> =>
    cli([
      ...['pretrain', '--robot', 'point2', '--task', 'MultiGoal', '--seed', '3', '--steps', String(steps)],
      ...['--out', join(data.path, 'p.safetensors'), '--data', data.path, '--json', ...quick],
      ...settings.flatMap((text) => ['--set', text]),
      ...extra,
    ]);
  let run = '';
  const curve = (): string[][] =>
    readFileSync(join(run, 'curve.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));

  it('include a report with the numbers of curve.csv and of the log', async () => {
    const result = await pretrain(160);
    assert.equal(result.code, 0, result.stderr);
    assert.equal(result.events.at(-1)!['event'], 'done');
    run = join(data.path, 'runs', readdirSync(join(data.path, 'runs'))[0]!);
    const html = readFileSync(join(run, 'report.html'), 'utf8');
    const elements = parseHtml(html);
    assert.equal(elements.get('script') ?? 0, 0);
    assert.doesNotMatch(html, /https?:|url\(|\bsrc=|\bhref=/);
    assert.equal(curve().length, 6);
    assert.deepEqual(
      tableRows(html, 'numbers'),
      curve().map((row) => row.map((cell) => (cell === '' ? '–' : cell))),
    );
    const facts = new Map(tableRows(html, 'facts').map(([name, value]) => [name, value]));
    assert.equal(facts.get('robot, task'), 'point2, MultiGoal');
    assert.equal(facts.get('policy SHA-256'), result.events.at(-1)!['policySha256']);
    assert.match(facts.get('engine')!, /native|WASM|CPU|tensorflow/i);
    assert.match(html, /<b>160<\/b><span>steps<\/span>/);
    assert.match(html, /40 rollouts, mean return/);
    assert.equal(html.match(/class="path"/g)?.length, 40);
    assert.doesNotMatch(html, /Not shown/);
  });

  it('include TensorBoard files with every step once, also after a resume', async () => {
    // A report that cannot be written never fails the run.
    rmSync(join(run, 'report.html'));
    mkdirSync(join(run, 'report.html'));
    const result = await pretrain(240, '--resume');
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stderr, /no report: cannot write/);
    const tags = readTensorBoard(join(run, 'tensorboard'));
    for (const mode of ['best', 'sample', 'zero']) {
      assert.deepEqual(
        tags.get(`eval/${mode}`),
        curve()
          .filter((row) => row[2] === mode)
          .map((row) => [Number(row[0]), Math.fround(Number(row[3]))]),
      );
    }
    for (const [tag, points] of tags)
      assert.deepEqual(
        points.map(([step]) => step),
        [...new Set(points.map(([step]) => step))].sort((a, b) => a - b),
        tag,
      );
    // docs/learning.md documents exactly what the learner sends.
    const page = readFileSync(new URL('../../docs/learning.md', import.meta.url), 'utf8');
    const section = /\n## Logged numbers\n(.*?)\n`curve\.csv`/s.exec(page)![1]!;
    const documented = [...section.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]!);
    const sent = [...tags.keys()].filter((tag) => tag.startsWith('learner/')).map((tag) => tag.slice(8));
    assert.deepEqual(documented.sort(), [...sent, 'steps'].sort());
    assert.equal(tags.get('learner/updates')!.at(-1)![0], 240);
    assert.ok(tags.get('train/return')!.length >= 7);
    assert.ok(tags.has('learner/qLoss'));
  });

  it('softqd report writes to the given path, for the newest or the named run', async () => {
    const out = join(data.path, 'seen.html');
    const result = await cli(['report', '--data', data.path, '--out', out, '--json']);
    assert.equal(result.code, 0, result.stderr);
    assert.deepEqual([result.events[0]!['file'], result.events[0]!['run']], [out, run]);
    const first = readFileSync(out, 'utf8');
    assert.match(first, /<b>240<\/b><span>steps<\/span>/);
    const named = await cli(['report', run, '--data', data.path, '--out', out, '--json']);
    assert.equal(named.code, 0, named.stderr);
    assert.equal(readFileSync(out, 'utf8'), first);
    const missing = await cli(['report', 'nowhere', '--data', data.path, '--json']);
    assert.deepEqual([missing.code, errorCode(missing)], [2, 'E_RUN_UNKNOWN']);
  });

  it('names unreadable files in the report', async () => {
    rmSync(join(run, 'log'), { recursive: true });
    rmSync(join(run, 'curve.csv'));
    const out = join(data.path, 'seen.html');
    const result = await cli(['report', run, '--data', data.path, '--out', out, '--json']);
    assert.equal(result.code, 0, result.stderr);
    const html = readFileSync(out, 'utf8');
    parseHtml(html);
    assert.match(html, /Not shown: the curve: /);
    assert.match(html, /Not shown: the log: /);
  });
});
