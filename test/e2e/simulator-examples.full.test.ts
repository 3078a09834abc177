import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cli, quickLearner, temporaryDirectory, type CliResult } from '../support/cli.ts';
import { pythonPackages } from '../support/python-packages.ts';
import { checkResult, checkSimulator } from '../support/simulator-check.ts';
import { skipUnless } from '../support/skips.ts';
import { LAMP } from '../support/urdf.ts';

const root = join(import.meta.dirname, '../..');
const examples = join(root, 'examples/simulators');

const learner = quickLearner.map((word) => (word === 'evaluation.everySteps=0' ? 'evaluation.everySteps=100' : word));

describe('examples/simulators', function () {
  this.timeout(300_000);
  const directory = temporaryDirectory();
  after(() => directory.remove());

  const pretrain = (robot: string, task: string, simulator: string, ...more: readonly string[]): string[] => [
    ...['pretrain', '--robot', robot, '--task', task, '--simulator', simulator, '--steps', '150', '--seed', '1'],
    ...['--out', join(directory.path, 'policy.safetensors'), '--data', directory.path],
    ...[...learner, '--set', 'evaluation.episodes=1', '--json', ...more],
  ];
  const evaluations = ({ events }: CliResult): number => events.filter(({ event }) => event === 'evaluation').length;

  it('in Go: breaks no rule, and two of them train', async function () {
    skipUnless(this, spawnSync('go', ['version']).status === 0, 'go builds the example (Debian: golang-go)');
    const program = join(directory.path, 'pendulum');
    const env = { ...process.env, GOFLAGS: '', GO111MODULE: 'off', GOCACHE: join(directory.path, 'go') };
    const built = spawnSync('go', ['build', '-o', program, join(examples, 'go/pendulum.go')], { env });
    assert.equal(built.status, 0, built.stderr.toString());
    const result = await checkSimulator(program, ['--robot', 'pendulum']);
    assert.deepEqual([result.code, checkResult(result)], [0, { robot: 'pendulum', mode: 'lock-step', broken: [] }]);
    const trained = await cli(pretrain('pendulum', 'Pendulum-v1', program, '--simulators', '2'));
    assert.equal(trained.code, 0, trained.stderr);
    assert.match(trained.stderr, /the simulator saves no state: --resume repeats the open episode/);
    assert.equal(evaluations(trained), 3);
  });

  describe('in Python', () => {
    let env: NodeJS.ProcessEnv = {};
    before(function () {
      const found = pythonPackages(join(directory.path, 'packages'), [
        'mujoco==4.0.0',
        'gymnasium==1.4.0',
        'pybullet==3.2.7',
      ]);
      skipUnless(this, found !== null, 'python3 with pip, and mujoco, gymnasium and pybullet from PyPI');
      env = found!;
    });

    it('with MuJoCo: breaks no rule', async () => {
      const model = join(root, 'config/robots/arm2/model.xml');
      const simulator = `python3 '${join(examples, 'mujoco_model.py')}' '${model}' --site fingertip`;
      const result = await checkSimulator(simulator, ['--robot', 'arm2'], env);
      assert.deepEqual([result.code, checkResult(result)], [0, { robot: 'arm2', mode: 'lock-step', broken: [] }]);
    });

    it('with PyBullet: simulates an imported URDF, breaks no rule', async () => {
      const urdf = join(directory.path, 'lamp.urdf');
      writeFileSync(urdf, LAMP);
      const robot = join(directory.path, 'lamp');
      const imported = await cli(['robot', 'import', urdf, '--name', 'lamp', '--out', robot]);
      assert.equal(imported.code, 0, imported.stderr);
      const simulator = `python3 '${join(examples, 'pybullet_urdf.py')}' '${urdf}'`;
      const result = await checkSimulator(simulator, ['--robot', robot], env);
      assert.deepEqual([result.code, checkResult(result)], [0, { robot: 'lamp', mode: 'lock-step', broken: [] }]);
    });

    it('with Gymnasium: writes the robot folder, breaks no rule, and defines the task that is learned', async () => {
      const script = join(examples, 'gymnasium_env.py');
      const robot = join(directory.path, 'car');
      const words = [script, 'MountainCarContinuous-v0', '--write-robot', robot];
      const written = spawnSync('python3', words, { env: { ...process.env, ...env } });
      assert.equal(written.status, 0, written.stderr.toString());
      const simulator = `python3 '${script}' MountainCarContinuous-v0`;
      const result = await checkSimulator(simulator, ['--robot', robot], env);
      assert.deepEqual([result.code, checkResult(result)], [0, { robot: 'car', mode: 'lock-step', broken: [] }]);
      const trained = await cli(pretrain(robot, 'external', simulator), { env });
      assert.equal(trained.code, 0, trained.stderr);
      assert.equal(evaluations(trained), 3);
      assert.deepEqual(
        trained.events.filter(({ event }) => event === 'evaluation').map(({ successes }) => successes),
        [null, null, null],
      );
    });
  });
});
