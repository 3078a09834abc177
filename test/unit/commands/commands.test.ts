import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '../../../src/commands/run-cli.ts';
import { temporaryDirectory } from '../../support/cli.ts';
import { recordingIo } from '../cli/terminal.ts';
import { StopRequests } from '../../../src/runs/stop-requests/index.ts';

const stops = new StopRequests();

async function run(
  argv: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const io = recordingIo(null, env);
  const code = await runCli({ argv, io, stops, version: '1.2.3', onUi: () => undefined });
  return { code, stdout: io.stdout.text, stderr: io.stderr.text };
}

const GROUPS: Readonly<Record<string, string[]>> = {
  log: ['info', 'export', 'recover', 'import'],
  policy: ['info', 'check', 'compare', 'compose', 'export'],
  config: ['show', 'check'],
  robot: ['import'],
  task: ['new', 'check'],
  runs: ['list', 'delete'],
  simulator: ['check'],
};

describe('every command', () => {
  it('has help with examples and the common flags', async () => {
    const top = (await run(['--help'])).stdout;
    const names = [...top.matchAll(/^ {2}([a-z-]+) /gm)].map((match) => match[1]!).filter((name) => name !== 'help');
    const commands = names.flatMap((name) => GROUPS[name]?.map((sub) => [name, sub]) ?? [[name]]);
    const listed =
      'run simulate pretrain evaluate replay-actions log policy config robot virtual doctor scan setup-servos calibrate jog clear-fault report demo ' +
      'status stop torque-off task simulator identify runs teach service completion';
    for (const name of listed.split(' ')) assert.ok(names.includes(name), name);
    for (const path of commands) {
      const { code, stdout } = await run([...path, '--help']);
      assert.equal(code, 0, path.join(' '));
      for (const expected of ['Examples:', `softqd ${path.join(' ')}`, '--json', '--config', '--set', '--data']) {
        assert.ok(stdout.includes(expected), `${path.join(' ')}: ${expected}`);
      }
    }
  });

  it('fails with E_NOT_IMPLEMENTED and names an alternative when planned, with any flags', async () => {
    const calls = [
      'service install',
      'policy check p --robot arm2 --task reach',
      'policy compose a b --weights 1,2 --out c',
      'policy export f --format onnx',
      'log import d',
    ];
    for (const call of calls) {
      const { code, stdout } = await run([...call.split(' '), '--json']);
      const { error } = JSON.parse(stdout) as { error: { code: string; hint: string } };
      assert.deepEqual([code, error.code], [2, 'E_NOT_IMPLEMENTED'], call);
      assert.match(error.hint, /^Alternative: \S/);
    }
  });

  it('rejects invalid arguments before it starts', async () => {
    const common = ['--robot', 'arm2', '--task', 'reach'];
    const pretrain = ['pretrain', ...common, '--steps', '1', '--seed', '1', '--out', 'o'];
    const wrong: readonly [string[], RegExp][] = [
      [['run', ...common, '--duration', '-1'], /--duration/],
      [['run', ...common, '--rate', 'fast'], /control\.rateHz/],
      [['pretrain', ...common, '--steps', '1.5', '--seed', '1', '--out', 'o'], /--steps/],
      [[...pretrain, '--simulators', '0'], /--simulators/],
      [[...pretrain, '--engine', 'fast'], /--engine/],
      [
        [...pretrain, '--eval-every', '10', '--set', 'evaluation.everySteps=5'],
        /--eval-every and --set evaluation\.everySteps/,
      ],
      [['evaluate', '--policy', 'p', '--episodes', '0'], /--episodes/],
      [['clear-fault', '3'], /--driver/],
      [['evaluate', '--policy', 'p', '--episodes', '1', '--seed', '1', '--initial-states', 'f'], /--initial-states/],
      [['evaluate', '--policy', 'p', '--episodes', '1', '--seed', '1', '--mode', 'mean'], /--mode/],
      [['log', 'export', 'f', '--format', 'xml', '--out', 'o'], /--format/],
      [['log', 'info'], /files/],
      [['simulate', '--robot', 'arm2', '--listen', '8741'], /--listen/],
      [['config', 'show', 'a.json5', '--config', 'b.json5'], /either FILE or --config FILE/],
      [['scan', '--driver', 'feetech:/dev/ttyACM0', '--ids', '1-300'], /--ids/],
      [['calibrate', '--robot', 'so101'], /--driver/],
      [['setup-servos', '--robot', 'so101'], /--driver/],
      [
        ['setup-servos', '--robot', 'so101', '--driver', 'feetech:/x', '--joint', 'a', '--start-at', 'b'],
        /cannot be used with/,
      ],
      [['virtual', '--robot', 'so101', '--factory-servo', 'gripper', '--uncalibrated'], /cannot be used with/],
      [['jog', 'a', '--robot', 'so101', '--driver', 'feetech:/x', '--by', '1', '--to', '2'], /cannot be used with/],
      [['jog', 'a', '--robot', 'so101', '--driver', 'feetech:/x', '--speed', '0'], /--speed/],
      [['clear-fault', '300', '--driver', 'feetech:/dev/null'], /id/],
      [['doctor', '--scan', '--driver', 'feetech:/dev/null'], /cannot be used with/],
      [['config', 'show', '--set', 'nothing'], /key=value/],
      [['config', 'show', '--preset', 'paper', '--set', 'learner.preset=map'], /--preset and --set/],
      [['simulate', '--robot', 'arm2', '--real-time', '--lock-step'], /cannot be used with/],
    ];
    for (const [argv, message] of wrong) {
      const { code, stdout } = await run([...argv, '--json']);
      const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
      assert.equal(code, 2, argv.join(' '));
      assert.match(error.message, message);
    }
  });

  it('is overview where there is none', async () => {
    const data = temporaryDirectory();
    const { code, stdout } = await run(['--data', data.path]);
    const json = await run(['--data', data.path, '--json']);
    data.remove();
    assert.equal(code, 0);
    assert.match(stdout, /^runs +none yet$/m);
    assert.match(stdout, new RegExp(`softqd demo --data ${data.path}$`, 'm'));
    const result = JSON.parse(json.stdout) as { runsTotal: number; next: { command: string }[] };
    assert.equal(result.runsTotal, 0);
    assert.ok(result.next.some(({ command }) => command.startsWith('softqd demo')));
  });

  it('is named where a word is close to one, or the name of another version or tool', async () => {
    const meant: readonly [string, string | null][] = [
      ['trian', 'pretrain'],
      ['train', 'pretrain'],
      ['pretrian', 'pretrain'],
      ['start', 'demo'],
      ['evalute', 'evaluate'],
      ['stpo', 'stop'],
      ['setup', 'setup-servos'],
      ['lst', 'runs list'],
      ['xyzzyx', null],
    ];
    for (const [word, command] of meant) {
      const { code, stderr } = await run([word]);
      assert.equal(code, 2);
      assert.match(stderr, /E_USAGE/);
      const [, found = null] = /did you mean (.*)\?/.exec(stderr) ?? [];
      assert.equal(found, command, word);
    }
    const grouped = await run(['log', 'exprot']);
    assert.match(grouped.stderr, /did you mean export\?/);
  });
});

describe('softqd config', () => {
  const folder = temporaryDirectory();
  after(() => folder.remove());
  const file = (name: string, text: string): string => {
    const path = join(folder.path, name);
    writeFileSync(path, text);
    return path;
  };

  it('shows every setting with its source, and hides secrets', async () => {
    const token = file('token.txt', 'very-secret-token');
    const words = [
      'config',
      'show',
      '--robot',
      'point2',
      '--task',
      'MultiGoal',
      '--preset',
      'paper',
      '--set',
      `simulator.tokenFile=${token}`,
    ];
    const json = await run([...words, '--json'], { SOFTQD_EVALUATION_EPISODES: '3' });
    assert.equal(json.code, 0);
    const shown = JSON.parse(json.stdout) as { settings: { key: string; value: unknown; source: string }[] };
    const at = (key: string): unknown[] =>
      shown.settings.filter((entry) => entry.key === key).flatMap(({ value, source }) => [value, source]);
    assert.deepEqual(at('evaluation.episodes'), [3, 'env SOFTQD_EVALUATION_EPISODES']);
    assert.deepEqual(at('learner.initialAlpha'), [10, 'preset paper (tasks.MultiGoal)']);
    assert.deepEqual(at('task.horizon'), [30, 'task MultiGoal']);
    assert.deepEqual(at('simulator.tokenFile'), ['(hidden)', 'flag']);
    assert.ok(!json.stdout.includes('secret') && !json.stdout.includes('token.txt'));
    const text = await run(words);
    assert.equal(text.code, 0);
    assert.match(text.stdout, /^learner\.preset +paper +flag/m);
    assert.match(text.stdout, /reproducible +yes/);
    assert.ok(!text.stdout.includes('token.txt'));
  });

  it('reports configurations that are not reproducible', async () => {
    const threads = await run(['config', 'show', '--set', 'learner.threads=2']);
    assert.match(threads.stdout, /reproducible +no: learner\.threads is 2/);
    const clock = await run(['config', 'show', '--json', '--set', 'simulator.mode=real-time']);
    assert.equal((JSON.parse(clock.stdout) as { reproducible: boolean }).reproducible, false);
  });

  it('checks a file: exit 0, or exit 2 with every problem and its file and line', async () => {
    const good = await run(['config', 'check', file('good.json5', '{ learner: { batchSize: 64 } }')]);
    assert.deepEqual([good.code, good.stdout], [0, 'Configuration OK.\n']);
    const path = file('bad.json5', '{\n  learner: { batchSiez: 64 },\n  api: { port: -1 },\n}\n');
    const text = await run(['config', 'check', path]);
    assert.equal(text.code, 2);
    assert.match(
      text.stderr,
      /bad\.json5:2:14: learner\.batchSiez is not a setting; did you mean learner\.batchSize\?/,
    );
    assert.match(text.stderr, /bad\.json5:3:10: api\.port is -1 but must be an integer from 0 to 65535/);
    const json = await run(['config', 'check', path, '--json']);
    assert.equal(json.code, 2);
    const { problems, error } = JSON.parse(json.stdout) as { problems: { code: string }[]; error: { code: string } };
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['E_CONFIG_UNKNOWN_KEY', 'E_CONFIG_VALUE'],
    );
    assert.equal(error.code, 'E_CONFIG_UNKNOWN_KEY');
    assert.equal((await run(['config', 'check'])).code, 0);
  });
});
