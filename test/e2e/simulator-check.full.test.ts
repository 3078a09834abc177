import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { errorCode } from '../support/cli.ts';
import { lyingSimulator } from '../support/lying-simulator.ts';
import { checkResult, checkSimulator } from '../support/simulator-check.ts';
import { skipUnless } from '../support/skips.ts';

const examples = join(import.meta.dirname, '../../examples');

describe('softqd simulator check', function () {
  this.timeout(120_000);

  it('finds nothing broken in the example in Python, whose robot it recognizes', async function () {
    skipUnless(this, spawnSync('python3', ['--version']).status === 0, 'python3 runs the example simulator');
    const script = join(examples, '10-write-a-simulator-in-python/simulator_pendulum.py');
    const result = await checkSimulator(`python3 '${script}'`);
    assert.deepEqual([result.code, checkResult(result)], [0, { robot: 'pendulum', mode: 'lock-step', broken: [] }]);
  });

  it('exits with 1 and names the rule that a running simulator breaks', async () => {
    const simulator = await lyingSimulator({ reply: (reply) => [{ ...reply, replyTo: reply.replyTo + 1 }] });
    const result = await checkSimulator(simulator.url, ['--robot', 'pendulum']);
    await simulator.close();
    assert.equal(result.code, 1);
    assert.deepEqual(checkResult(result).broken, ['hello: the answer to hello has reply_to 2, expected 1']);
    assert.deepEqual(
      ['broken', 'stepMs'].map((key) => result.events[0]![key]),
      [1, null],
    );
  });

  it('reports a simulator that is not there, and one whose robot it does not know', async () => {
    const absent = await checkSimulator('ws://127.0.0.1:9', ['--robot', 'pendulum']);
    assert.deepEqual([absent.code, errorCode(absent)], [1, 'E_CONNECT']);
    const simulator = await lyingSimulator({
      reply: (reply) => [reply.type === 'error' ? { ...reply, message: 'another robot' } : reply],
    });
    const unknown = await checkSimulator(simulator.url);
    await simulator.close();
    assert.deepEqual([unknown.code, errorCode(unknown)], [2, 'E_USAGE']);
  });
});
