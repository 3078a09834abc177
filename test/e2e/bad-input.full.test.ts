import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePolicy } from '../../src/policy/index.ts';
import { cli, Cli, errorCode, quickLearner, temporaryDirectory } from '../support/cli.ts';
import { randomPolicy } from '../support/policies.ts';
import { pendulumReading, scriptedSimulator } from '../support/scripted-simulator.ts';

const data = temporaryDirectory();
const pendulumNames = {
  observationNames: ['cosTheta', 'sinTheta', 'thetaDot'],
  actionNames: ['pivot'],
  latentSize: 1,
};

function file(name: string, content: Uint8Array | string): string {
  const path = join(data.path, name);
  writeFileSync(path, content);
  return path;
}

describe('bad input', function () {
  this.timeout(120_000);
  after(() => data.remove());

  it('rejects a policy for another robot with both names, exit code 2', async () => {
    const foreign = file('arm.safetensors', encodePolicy(randomPolicy({ robot: 'arm2', task: 'reach' })));
    for (const command of [
      [
        'run',
        '--robot',
        'pendulum',
        '--task',
        'Pendulum-v1',
        '--policy',
        foreign,
        '--duration',
        '1',
        '--data',
        data.path,
      ],
      [
        'evaluate',
        '--policy',
        foreign,
        '--robot',
        'pendulum',
        '--task',
        'Pendulum-v1',
        '--episodes',
        '1',
        '--seed',
        '1',
      ],
    ]) {
      const result = await cli([...command, '--json']);
      assert.equal(result.code, 2, result.stderr);
      assert.equal(errorCode(result), 'E_POLICY_MISMATCH');
      assert.match(result.stdout, /arm2.*pendulum|pendulum.*arm2/);
    }
  });

  it('rejects a policy that the learner cannot train from before the robot is armed, exit code 2', async () => {
    const policy = file(
      'small.safetensors',
      encodePolicy(randomPolicy({ ...pendulumNames, robot: 'pendulum', task: 'Pendulum-v1' })),
    );
    const where = ['--robot', 'pendulum', '--task', 'Pendulum-v1', '--policy', policy, '--data', data.path, '--json'];
    const result = await cli(['run', ...where, '--learn', '--duration', '1']);
    assert.equal(result.code, 2, result.stdout);
    assert.equal(errorCode(result), 'E_POLICY_MISMATCH');
    assert.match(result.stdout, /network architecture/);
    assert.doesNotMatch(result.stdout, /"armed"/);
  });

  it('rejects a truncated policy file, exit code 2', async () => {
    const bytes = encodePolicy(randomPolicy(pendulumNames));
    const cut = file('cut.safetensors', bytes.slice(0, bytes.length - 100));
    const result = await cli(['evaluate', '--policy', cut, '--episodes', '1', '--seed', '1', '--json']);
    assert.equal(result.code, 2);
    assert.equal(errorCode(result), 'E_POLICY_FILE');
  });

  it('ends the run at NaN in a reading, exit code 1, and logs all previous steps', async () => {
    let steps = 0;
    const simulator = await scriptedSimulator((request) => {
      if (request.type === 'command') steps += 1;
      const reading = { ...pendulumReading({ positions: [steps === 20 ? NaN : 0.5] }), sequence: steps };
      return { type: 'reading', replyTo: request.id, reading };
    });
    const folder = join(data.path, 'nan');
    const flags = ['--seed', '1', '--steps', '100', '--out', join(folder, 'p.safetensors'), '--data', folder, '--json'];
    const result = await cli([
      'pretrain',
      '--robot',
      'pendulum',
      '--task',
      'Pendulum-v1',
      ...flags,
      ...quickLearner,
      '--set',
      `simulator.url=${simulator.url}`,
    ]);
    await simulator.close();
    assert.equal(result.code, 1, result.stderr);
    assert.equal(errorCode(result), 'E_READING_NON_FINITE');
    const [run] = readdirSync(join(folder, 'runs'));
    const info = await cli(['log', 'info', join(folder, 'runs', run!, 'log', '00000.mcap'), '--json']);
    assert.deepEqual([info.events[0]!['transitions'], info.events[0]!['truncatedAt']], [19, null]);
  });

  it('names a data directory that is not writable, exit code 1', async () => {
    const notADirectory = file('not-a-directory', '');
    const result = await cli([
      'pretrain',
      '--robot',
      'pendulum',
      '--task',
      'Pendulum-v1',
      '--seed',
      '1',
      '--steps',
      '10',
      '--out',
      join(data.path, 'x'),
      '--data',
      join(notADirectory, 'below'),
      '--json',
    ]);
    assert.equal(result.code, 1);
    assert.equal(errorCode(result), 'E_DATA_DIRECTORY');
    assert.match(result.stdout, /not-a-directory/);
  });

  it('names a port in use, exit code 2', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const result = await cli(['simulate', '--robot', 'pendulum', '--listen', `127.0.0.1:${port}`, '--json']);
    taken.close();
    assert.equal(result.code, 2);
    assert.equal(errorCode(result), 'E_PORT_IN_USE');
    assert.match(result.stdout, new RegExp(String(port)));
  });

  it('rejects a simulator in the wrong mode or for another robot as a protocol mismatch, exit code 2', async () => {
    const simulator = new Cli(['simulate', '--robot', 'arm2', '--listen', '127.0.0.1:0', '--json']);
    const url = String((await simulator.event((event) => event['event'] === 'listening'))['url']);
    const other = await cli([
      'run',
      '--robot',
      'pendulum',
      '--task',
      'Pendulum-v1',
      '--driver',
      url,
      '--duration',
      '1',
      '--data',
      data.path,
      '--json',
    ]);
    assert.equal(other.code, 2, other.stderr);
    assert.equal(errorCode(other), 'E_PROTOCOL_MISMATCH');
    const mode = await cli([
      'run',
      '--robot',
      'arm2',
      '--task',
      'reach',
      '--driver',
      url,
      '--duration',
      '1',
      '--data',
      data.path,
      '--json',
    ]);
    assert.equal(errorCode(mode), 'E_PROTOCOL_MISMATCH');
    assert.match(mode.stdout, /real time/);
    simulator.child.kill('SIGTERM');
    assert.equal((await simulator.done).code, 130);
  });

  it('reports where a log is truncated, and reads its complete records', async () => {
    const folder = join(data.path, 'cut');
    const flags = ['--duration', '3', '--data', folder, '--json'];
    const run = await cli(['run', '--robot', 'pendulum', '--task', 'Pendulum-v1', ...flags]);
    assert.equal(run.code, 0, run.stderr);
    const [id] = readdirSync(join(folder, 'runs'));
    const log = join(folder, 'runs', id!, 'log', '00000.mcap');
    const whole = Number(run.events.at(-1)!['transitions']);

    const size = readFileSync(log).length;
    truncateSync(log, size - 60);
    const info = await cli(['log', 'info', log, '--json']);
    assert.equal(typeof info.events[0]!['truncatedAt'], 'number', info.stdout);
    const recovered = join(folder, 'recovered.mcap');
    assert.equal((await cli(['log', 'recover', log, '--out', recovered, '--json'])).code, 0);
    const after = await cli(['log', 'info', recovered, '--json']);
    assert.equal(after.events[0]!['truncatedAt'], null);
    assert.ok(Number(after.events[0]!['transitions']) <= whole);
    assert.equal(after.events[0]!['transitions'], info.events[0]!['transitions']);
  });

  it('rejects a file that is not a log, exit code 1', async () => {
    const result = await cli(['log', 'info', file('notes.mcap', 'these are only notes, and long enough'), '--json']);
    assert.equal(result.code, 1, result.stdout);
    assert.equal(errorCode(result), 'E_LOG_FILE');
  });

  it('names the nearest setting of a misspelled one, exit code 2', async () => {
    const result = await cli([
      'run',
      '--robot',
      'pendulum',
      '--task',
      'Pendulum-v1',
      '--set',
      'learner.batchsize=3',
      '--json',
    ]);
    assert.equal(result.code, 2);
    assert.equal(errorCode(result), 'E_CONFIG_UNKNOWN_KEY');
    assert.match(result.stdout, /learner\.batchSize/);
  });
});
