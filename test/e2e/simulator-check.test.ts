import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { cli, errorCode, quickLearner, temporaryDirectory, type CliResult } from '../support/cli.ts';
import { lyingSimulator } from '../support/lying-simulator.ts';
import { skipUnless } from '../support/skips.ts';

const examples = join(import.meta.dirname, '../../examples');
/** PYTHON names the interpreter that has the packages of the examples. */
const python = process.env['PYTHON'] ?? 'python3';
const has = (program: string, ...flags: string[]): boolean => spawnSync(program, flags).status === 0;
const hasModule = (name: string): boolean => has(python, '-c', `import ${name}`);

function check(target: string, ...flags: string[]): Promise<CliResult> {
  return cli(['simulator', 'check', target, '--json', ...flags]);
}

/** The rules that are broken, and the robot. */
function resultOf(result: CliResult): { robot: unknown; mode: unknown; broken: string[] } {
  const { robot, mode, rules } = result.events.at(-1) as {
    robot: string;
    mode: string;
    rules: { id: string; result: string; detail: string | null }[];
  };
  const broken = rules.filter((rule) => rule.result === 'broken');
  return { robot, mode, broken: broken.map(({ id, detail }) => `${id}: ${detail ?? ''}`) };
}

describe('softqd simulator check', function () {
  this.timeout(120_000);
  const directory = temporaryDirectory();
  after(() => directory.remove());

  it('finds nothing broken in the example in Python, whose robot it recognizes', async function () {
    skipUnless(this, has(python, '--version'), 'python3 runs the example simulator');
    const script = join(examples, '10-write-a-simulator-in-python/simulator_pendulum.py');
    const result = await check(`${python} '${script}'`);
    assert.deepEqual([result.code, resultOf(result)], [0, { robot: 'pendulum', mode: 'lock-step', broken: [] }]);
  });

  it('finds nothing broken in the example in Go, which then trains', async function () {
    skipUnless(this, has('go', 'version'), 'go builds the example simulator');
    const program = join(directory.path, 'pendulum');
    const built = spawnSync('go', ['build', '-o', program, join(examples, 'simulators/go/pendulum.go')]);
    assert.equal(built.status, 0, built.stderr.toString());
    const result = await check(program, '--robot', 'pendulum');
    assert.deepEqual([result.code, resultOf(result)], [0, { robot: 'pendulum', mode: 'lock-step', broken: [] }]);
    const learner = quickLearner.map((flag) =>
      flag === 'evaluation.everySteps=0' ? 'evaluation.everySteps=100' : flag,
    );
    const trained = await cli([
      ...[
        'pretrain',
        '--robot',
        'pendulum',
        '--task',
        'Pendulum-v1',
        '--steps',
        '150',
        '--seed',
        '1',
        '--simulators',
        '2',
      ],
      ...['--out', join(directory.path, 'p.safetensors'), '--data', directory.path, '--simulator', program],
      ...[...learner, '--set', 'evaluation.episodes=1', '--json'],
    ]);
    assert.equal(trained.code, 0, trained.stderr);
    assert.match(trained.stderr, /the simulator saves no state: --resume repeats the open episode/);
    assert.equal(trained.events.filter(({ event }) => event === 'evaluation').length, 3);
  });

  it('finds nothing broken in the example with MuJoCo', async function () {
    skipUnless(this, hasModule('mujoco'), 'the mujoco package runs the example simulator');
    const model = join(examples, '../config/robots/arm2/model.xml');
    const simulator = `${python} '${join(examples, 'simulators/mujoco_model.py')}' '${model}' --site fingertip`;
    const result = await check(simulator, '--robot', 'arm2');
    assert.deepEqual([result.code, resultOf(result)], [0, { robot: 'arm2', mode: 'lock-step', broken: [] }]);
  });

  it('finds nothing broken in the example with Gymnasium, whose robot folder the example writes', async function () {
    skipUnless(this, hasModule('gymnasium'), 'the gymnasium package runs the example simulator');
    const script = join(examples, 'simulators/gymnasium_env.py');
    const robot = join(directory.path, 'car');
    assert.ok(has(python, script, 'MountainCarContinuous-v0', '--write-robot', robot));
    const result = await check(`${python} '${script}' MountainCarContinuous-v0`, '--robot', robot);
    assert.deepEqual([result.code, resultOf(result)], [0, { robot: 'car', mode: 'lock-step', broken: [] }]);
  });

  it('exits with 1 and names the rule that a running simulator breaks', async () => {
    const simulator = await lyingSimulator({ reply: (reply) => [{ ...reply, replyTo: reply.replyTo + 1 }] });
    const result = await check(simulator.url, '--robot', 'pendulum');
    await simulator.close();
    assert.equal(result.code, 1);
    assert.deepEqual(resultOf(result).broken, ['hello: the answer to hello has reply_to 2, expected 1']);
    assert.deepEqual(
      ['broken', 'stepMs'].map((key) => result.events[0]![key]),
      [1, null],
    );
  });

  it('reports a simulator that is not there, and one whose robot it does not know', async () => {
    const absent = await check('ws://127.0.0.1:9', '--robot', 'pendulum');
    assert.deepEqual([absent.code, errorCode(absent)], [1, 'E_CONNECT']);
    const simulator = await lyingSimulator({
      reply: (reply) => [reply.type === 'error' ? { ...reply, message: 'another robot' } : reply],
    });
    const unknown = await check(simulator.url);
    await simulator.close();
    assert.deepEqual([unknown.code, errorCode(unknown)], [2, 'E_USAGE']);
  });
});
