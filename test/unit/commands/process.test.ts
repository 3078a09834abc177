import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Cli, cli, errorCode, temporaryDirectory, type CliResult } from '../../support/cli.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

function errorOf(result: CliResult): { code: string; message: string; hint: string; values: Record<string, unknown> } {
  const last = JSON.parse(result.stdout.trimEnd().split('\n').at(-1)!) as { error: ReturnType<typeof errorOf> };
  return last.error;
}

describe('softqd as a process', function () {
  this.timeout(90_000);
  const folder = temporaryDirectory();
  after(() => folder.remove());
  const file = (name: string, text: string): string => {
    const path = join(folder.path, name);
    writeFileSync(path, text);
    return path;
  };

  it('prints its version and its help with examples, exit 0', async () => {
    const version = await cli(['--version']);
    const { version: expected } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    assert.deepEqual([version.code, version.stdout], [0, `${expected}\n`]);
    const help = await cli(['--help']);
    assert.equal(help.code, 0);
    for (const word of ['Examples:', 'pretrain', 'evaluate', 'Exit codes:'])
      assert.ok(help.stdout.includes(word), word);
  });

  it('rejects wrong usage with E_USAGE, exit 2, and the closest command or flag', async () => {
    const command = await cli(['pretrian']);
    assert.equal(command.code, 2);
    assert.equal(command.stdout, '');
    assert.match(command.stderr, /unknown command 'pretrian'; did you mean pretrain\? \[E_USAGE\]/);
    const flag = await cli(['doctor', '--jsn']);
    assert.match(flag.stderr, /unknown option '--jsn'; did you mean --json\?/);
    const missing = await cli(['pretrain', '--json', '--robot', 'arm2']);
    assert.deepEqual([missing.code, errorCode(missing)], [2, 'E_USAGE']);
    assert.match(errorOf(missing).message, /--task/);
  });

  it('names an alternative to a planned command', async () => {
    const result = await cli(['policy', 'compose', '--robot', 'arm2', '--json']);
    assert.deepEqual([result.code, errorCode(result)], [2, 'E_NOT_IMPLEMENTED']);
    assert.match(errorOf(result).hint, /^Alternative: softqd pretrain/);
  });

  it('rejects an invalid setting with its position before it starts', async () => {
    const path = file('typo.json5', '{ evaluation: { episods: 3 } }');
    const words = [
      'pretrain',
      '--robot',
      'arm2',
      '--task',
      'reach',
      '--steps',
      '1',
      '--seed',
      '1',
      '--out',
      join(folder.path, 'p'),
      '--json',
    ];
    const result = await cli([...words, '--config', path, '--data', join(folder.path, 'data')]);
    assert.deepEqual([result.code, errorCode(result)], [2, 'E_CONFIG_UNKNOWN_KEY']);
    assert.equal(errorOf(result).values['nearest'], 'evaluation.episodes');
    assert.equal(errorOf(result).values['line'], 1);
    assert.throws(() => readFileSync(join(folder.path, 'data')), { code: 'ENOENT' });
  });

  it('continues when the reader of its output exits', async () => {
    const softqd = new Cli(['config', 'show', '--json']);
    softqd.child.stdout.destroy();
    const { code, stderr } = await softqd.done;
    assert.deepEqual([code, stderr], [0, '']);
  });

  it('stops in order on SIGINT and SIGTERM with exit 130', async () => {
    const stopped = async (signal: NodeJS.Signals): Promise<CliResult> => {
      const softqd = new Cli(['simulate', '--robot', 'pendulum', '--listen', '127.0.0.1:0', '--json']);
      await softqd.event(({ event }) => event === 'listening');
      softqd.child.kill(signal);
      return softqd.done;
    };
    for (const { code, stderr } of await Promise.all([stopped('SIGINT'), stopped('SIGTERM')])) {
      assert.equal(code, 130);
      assert.match(stderr, /Shutting down/);
    }
  });
});

describe('bin/softqd.js', () => {
  it('names the build command when softqd is not built', () => {
    const folder = temporaryDirectory();
    try {
      mkdirSync(join(folder.path, 'bin'));
      cpSync(join(root, 'bin/softqd.js'), join(folder.path, 'bin/softqd.mjs'));
      const { status, stderr } = spawnSync(process.execPath, [join(folder.path, 'bin/softqd.mjs'), '--help'], {
        encoding: 'utf8',
      });
      assert.equal(status, 2);
      assert.match(stderr, /not built here: run `npm ci`/);
    } finally {
      folder.remove();
    }
  });
});
