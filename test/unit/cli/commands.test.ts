import assert from 'node:assert/strict';
import { runCli } from '../../../src/cli/run-cli.ts';
import { recordingIo } from './terminal.ts';

const { signal } = new AbortController();

async function run(argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const io = recordingIo(null);
  const code = await runCli({ argv, io, signal, version: '1.2.3', onUi: () => undefined });
  return { code, stdout: io.stdout.text, stderr: io.stderr.text };
}

const GROUPS: Readonly<Record<string, string[]>> = {
  log: ['info', 'export', 'recover'],
  policy: ['info', 'export'],
  config: ['show', 'check'],
};

describe('every command', () => {
  it('has help with examples of itself and the common flags', async () => {
    const top = (await run(['--help'])).stdout;
    const names = [...top.matchAll(/^ {2}([a-z]+) /gm)].map((match) => match[1]!).filter((name) => name !== 'help');
    const commands = names.flatMap((name) => GROUPS[name]?.map((sub) => [name, sub]) ?? [[name]]);
    const listed =
      'run simulate pretrain evaluate rollout log policy config virtual doctor scan calibrate jog recover gate report compose service start';
    for (const name of listed.split(' ')) assert.ok(names.includes(name), name);
    for (const words of commands) {
      const { code, stdout } = await run([...words, '--help']);
      assert.equal(code, 0, words.join(' '));
      for (const part of ['Examples:', `softqd ${words.join(' ')}`, '--json', '--config', '--set', '--data']) {
        assert.ok(stdout.includes(part), `${words.join(' ')}: ${part}`);
      }
    }
  });

  it('that is not built yet says what works, whatever flags it gets', async () => {
    const calls = [
      'virtual --fault x',
      'scan /dev/x',
      'calibrate',
      'jog a b --c',
      'recover 3',
      'gate',
      'compose',
      'service install',
      'policy export f --format onnx',
    ];
    for (const call of calls) {
      const { code, stdout } = await run([...call.split(' '), '--json']);
      const { error } = JSON.parse(stdout) as { error: { code: string; hint: string } };
      assert.deepEqual([code, error.code], [2, 'E_NOT_YET'], call);
      assert.match(error.hint, /^What works: \S/);
    }
  });

  it('refuses what it cannot mean before it does anything', async () => {
    const common = ['--robot', 'arm2', '--task', 'reach'];
    const pretrain = ['pretrain', ...common, '--steps', '1', '--seed', '1', '--out', 'o'];
    const wrong: readonly [string[], RegExp][] = [
      [['run', ...common, '--duration', '-1'], /--duration/],
      [['run', ...common, '--body', 'http://x:1'], /--body/],
      [['run', ...common, '--rate', 'fast'], /control\.rateHz/],
      [['pretrain', ...common, '--steps', '1.5', '--seed', '1', '--out', 'o'], /--steps/],
      [[...pretrain, '--simulators', '0'], /--simulators/],
      [[...pretrain, '--engine', 'fast'], /--engine/],
      [
        [...pretrain, '--eval-every', '10', '--set', 'evaluation.everySteps=5'],
        /--eval-every and --set evaluation\.everySteps/,
      ],
      [['evaluate', '--policy', 'p'], /--episodes/],
      [['evaluate', '--policy', 'p', '--episodes', '1', '--seed', '1', '--starts', 'f'], /--starts/],
      [['evaluate', '--policy', 'p', '--episodes', '1', '--seed', '1', '--mode', 'mean'], /--mode/],
      [['log', 'export', 'f', '--format', 'xml', '--out', 'o'], /--format/],
      [['log', 'info'], /files/],
      [['simulate', '--robot', 'arm2', '--listen', '8741'], /--listen/],
      [['config', 'show', 'a.json5', '--config', 'b.json5'], /not both/],
      [['config', 'show', '--set', 'nothing'], /key=value/],
      [['config', 'show', '--preset', 'paper', '--set', 'learner.preset=map'], /--preset and --set/],
      [['simulate', '--robot', 'arm2', '--real-time', '--lock-step'], /cannot be used with/],
      [[], /a command is missing/],
    ];
    for (const [argv, message] of wrong) {
      const { code, stdout } = await run([...argv, '--json']);
      const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
      assert.equal(code, 2, argv.join(' '));
      assert.match(error.message, message);
    }
  });
});
