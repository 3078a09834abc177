import assert from 'node:assert/strict';
import { join } from 'node:path';
import { builtInConfigCopy, failure, type ConfigFixture } from './config-fixture.ts';

describe('errors of loadConfig', () => {
  let folder: ConfigFixture;
  before(() => {
    folder = builtInConfigCopy();
  });
  after(() => folder.remove());

  it('names an unknown key, the nearest known one, the file, line and column', async () => {
    const file = folder.write('typo.json5', '{\n  // a comment\n  learner: {\n    batchSiez: 64,\n  },\n}\n');
    const error = await failure({ env: {}, file });
    assert.equal(error.code, 'E_CONFIG_UNKNOWN_KEY');
    assert.equal(error.message, `${file}:4:5: learner.batchSiez is not a setting; did you mean learner.batchSize?`);
    assert.equal(error.values['line'], 4);
    assert.equal(error.values['nearest'], 'learner.batchSize');
  });

  it('finds a known name in the wrong section', async () => {
    const file = folder.write('section.json5', '{ batchSize: 64 }');
    assert.equal((await failure({ env: {}, file })).values['nearest'], 'learner.batchSize');
    const flags = { 'simulator.rateHz': '5' };
    assert.equal((await failure({ env: {}, flags })).values['nearest'], 'control.rateHz');
  });

  it('names key, value, allowed values, unit and place of an invalid value', async () => {
    const file = folder.write(
      'value.json5',
      '{\n control: { rateHz: -3 },\n learner: { batchSize: "many" },\n api: 5,\n}',
    );
    const error = await failure({
      env: { SOFTQD_API_PORT: '99999' },
      file,
      flags: { 'learner.importanceExponent': 'x' },
    });
    assert.equal(error.code, 'E_CONFIG_VALUE');
    assert.deepEqual(error.message.split('\n').slice(1), [
      `  ${file}:2:13: control.rateHz is -3 but must be a number from 0.1 to 5000, or null (Hz)`,
      `  ${file}:3:13: learner.batchSize is "many" but must be an integer from 1 to 65536 (transitions)`,
      `  ${file}:4:2: api is a section { ... }, not 5`,
      '  environment variable SOFTQD_API_PORT: api.port is 99999 but must be an integer from 0 to 65535',
      '  flag: learner.importanceExponent is "x" but must be a number from 0 to 1',
    ]);
    assert.equal(error.values['key'], 'control.rateHz');
    assert.equal(error.values['unit'], 'Hz');
  });

  it('names line and column of a JSON5 syntax error', async () => {
    const file = folder.write('syntax.json5', '{\n  control: { rateHz: 50,, },\n}');
    const error = await failure({ env: {}, file });
    assert.equal(error.code, 'E_CONFIG');
    assert.match(error.message, /syntax\.json5:2:25: not JSON5: invalid character ','/);
  });

  it('rejects a file that is missing, a directory, too large, not an object, or repeats a key', async () => {
    const message = async (file: string): Promise<string> => (await failure({ env: {}, file })).message;
    assert.match(await message(join(folder.path, 'nowhere.json5')), /file not found/);
    assert.match(await message(folder.path), /is a directory/);
    assert.match(await message(folder.write('large.json5', ' '.repeat(1_048_577))), /1048577 bytes/);
    assert.match(await message(folder.write('list.json5', '[1]')), /must hold one object/);
    assert.match(
      await message(folder.write('twice.json5', '{ log: { level: "info",\n level: "debug" } }')),
      /twice\.json5:2:2: duplicate key log\.level \(first in line 1\)/,
    );
  });

  it('rejects keys outside the settings', async () => {
    const file = folder.write(
      'proto.json5',
      '{ "__proto__": { "polluted": 1 }, "constructor": { "prototype": { "polluted": 1 } } }',
    );
    const error = await failure({ env: {}, file });
    assert.equal(error.code, 'E_CONFIG_UNKNOWN_KEY');
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  it('lists the robots and tasks when one is unknown', async () => {
    const robot = await failure({ env: {}, robot: 'pendulun' });
    assert.equal(robot.code, 'E_ROBOT_UNKNOWN');
    assert.match(robot.message, /robots: .*arm2.*pendulum/);
    assert.match(robot.hint, /pendulum/);
    const task = await failure({ env: {}, robot: 'arm2', task: 'raech' });
    assert.equal(task.code, 'E_TASK_UNKNOWN');
    assert.match(task.message, /available: reach/);
    assert.equal((await failure({ env: {}, robot: '../config/robots/arm2' })).code, 'E_ROBOT_UNKNOWN');
    assert.equal((await failure({ env: {}, robot: '..' })).code, 'E_ROBOT_UNKNOWN');
  });

  it('lists the presets when one is unknown', async () => {
    const error = await failure({ env: {}, flags: { 'learner.preset': 'papr' } });
    assert.equal(error.code, 'E_CONFIG_VALUE');
    assert.match(error.message, /available: .*default.*paper/);
    assert.match(error.hint, /paper/);
  });

  it('rejects settings that contradict each other', async () => {
    const contradiction = async (flags: Record<string, unknown>): Promise<string> =>
      (await failure({ env: {}, flags })).message;
    assert.match(await contradiction({ 'learner.replayCapacity': 10 }), /is smaller than learner\.batchSize/);
    assert.match(await contradiction({ 'learner.targetTau': 0 }), /would never be updated/);
    assert.match(await contradiction({ 'learner.alphaClampLow': 20 }), /above learner\.alphaClampHigh/);
    assert.match(await contradiction({ 'learner.resetEvery': 2000 }), /2000 is not below learner\.resetEvery 2000/);
    const shares = (...list: number[]) => ({
      'learner.priorLogs': list.map((share, i) => ({ path: `log${i}`, share })),
    });
    assert.match(await contradiction(shares(0.5, 0.001)), /gives log1 a share of 0.001: less than one transition/);
    assert.match(await contradiction(shares(0.6, 0.5)), /gives the run's own experience a share of -0.1/);
    for (const priorLogs of [[{ path: 'a' }], [{ path: '', share: 0.5 }], [{ path: 'a', share: 1 }], 'a'])
      assert.match(await contradiction({ 'learner.priorLogs': priorLogs }), /a list of at most 16 logs/);
    assert.match(await contradiction({ 'api.port': 8741 }), /also api\.port/);
  });
});
