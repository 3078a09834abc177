import assert from 'node:assert/strict';
import { appendFileSync, cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cli, errorCode, quickLearner, temporaryDirectory, type CliResult } from '../support/cli.ts';
import { PATIENT_SETTINGS } from '../support/patient-settings.ts';

const SO101 = fileURLToPath(new URL('../../config/robots/so101', import.meta.url));

describe('a task of the user, in a folder outside of the installation', function () {
  this.timeout(300_000);
  const temporary = temporaryDirectory();
  const own = ['--robot', './my-arm', '--task', 'lift', '--data', 'data'];
  const softqd = (...words: string[]): Promise<CliResult> => cli([...words, '--json'], { cwd: temporary.path });
  const right = async (...words: string[]): Promise<Record<string, unknown>> => {
    const { code, events, stderr } = await softqd(...words);
    assert.equal(code, 0, stderr + JSON.stringify(events.at(-1)));
    return events.at(-1)!;
  };
  const pretrain = (...more: string[]): string[] => [
    ...['pretrain', ...own, '--seed', '1', '--out', 'lift.safetensors', ...quickLearner],
    ...more,
  ];
  before(() => cpSync(SO101, join(temporary.path, 'my-arm'), { recursive: true }));
  after(() => temporary.remove());

  it('is written, checked, learned and evaluated', async () => {
    await right('task', 'new', 'lift', '--robot', './my-arm');
    assert.equal((await right('task', 'check', 'my-arm/tasks/lift.json5'))['ok'], true);
    assert.equal((await right('config', 'check', 'my-arm/tasks/lift.json5'))['ok'], true);
    assert.equal((await right(...pretrain('--steps', '2000')))['steps'], 2000);
    const evaluate = ['evaluate', '--policy', 'lift.safetensors', ...own, '--episodes', '2', '--seed', '1'];
    const { task, returns } = await right(...evaluate);
    assert.equal(task, 'lift');
    assert.ok((returns as number[]).every(Number.isFinite));
  });

  it('is refused by resume and playback once its sources have changed', async () => {
    const run = ['run', ...own, '--policy', 'lift.safetensors', ...PATIENT_SETTINGS];
    const recorded = await right(...run, '--duration', '1');
    const playback = [...run, '--driver', `playback:${String(recorded['log'])}`];
    await right(...playback);
    const [pretrained] = readdirSync(join(temporary.path, 'data/runs'));
    const file = readFileSync(join(temporary.path, 'data/runs', pretrained!, 'run.json'), 'utf8');
    assert.match(file, /"task\.moduleSha256": "\\"[0-9a-f]{64}\\""/);

    appendFileSync(join(temporary.path, 'my-arm/tasks/lift.ts'), '// changed\n');
    const resumed = await softqd(...pretrain('--steps', '2100', '--resume', pretrained!));
    assert.equal(errorCode(resumed), 'E_CHECKPOINT');
    assert.match(resumed.stderr + resumed.stdout, /another version of task lift/);
    const played = await softqd(...playback);
    assert.equal(errorCode(played), 'E_PLAYBACK_MISMATCH');
    assert.match(played.stderr + played.stdout, /not the recorded one/);
  });
});
