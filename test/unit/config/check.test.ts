import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkConfigFile, builtInPaths } from '../../../src/config/index.ts';
import { builtInConfigCopy, type ConfigFixture } from './config-fixture.ts';

describe('checkConfigFile', () => {
  let folder: ConfigFixture;
  before(() => {
    folder = builtInConfigCopy();
  });
  after(() => folder.remove());

  it('accepts every shipped file', async () => {
    const folder = dirname(builtInPaths.presets);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json5'));
    assert.ok(files.length >= 10);
    for (const file of files) assert.deepEqual(await checkConfigFile(join(folder, file)), [], file);
  });

  it('lists all problems at once, in the order of the file', async () => {
    const file = folder.write(
      'mine.json5',
      '{\n learner: { batchSize: 0, tlit: 1 },\n nonsense: {},\n api: { port: "x" },\n}',
    );
    const problems = await checkConfigFile(file);
    assert.deepEqual(
      problems.map(({ code, values }) => [code, values['key'], values['line']]),
      [
        ['E_CONFIG_VALUE', 'learner.batchSize', 2],
        ['E_CONFIG_UNKNOWN_KEY', 'learner.tlit', 2],
        ['E_CONFIG_UNKNOWN_KEY', 'nonsense', 3],
        ['E_CONFIG_VALUE', 'api.port', 4],
      ],
    );
    for (const problem of problems) assert.ok(problem.message.startsWith(`${file}:`) && problem.hint !== '');
  });

  it('checks a task file as a task, a preset as a preset and a robot file as a robot', async () => {
    const task = folder.write(
      'robots/arm2/tasks/bad.json5',
      '{ kind: "reach", discount: 2, horizon: 1, parameters: { holdS: "long" } }',
    );
    assert.deepEqual(
      (await checkConfigFile(task)).map(({ values }) => values['key']),
      ['task.discount', 'parameters.holdS'],
    );
    const bare = folder.write('robots/arm2/tasks/bare.json5', '{ kind: "reach", discount: 0.9 }');
    assert.match((await checkConfigFile(bare))[0]?.message ?? '', /horizon of the task is missing/);
    const preset = folder.write('presets/bad.json5', '{ learner: {}, tasks: { reach: { alfaStart: 1 }, other: 3 } }');
    assert.deepEqual(
      (await checkConfigFile(preset)).map(({ code, values }) => [code, values['key'], values['line']]),
      [
        ['E_CONFIG_VALUE', 'tasks.other', 1],
        ['E_CONFIG_UNKNOWN_KEY', 'learner.alfaStart', 1],
      ],
    );
    const robot = folder.write('robots/arm2/robot.json5', '{ robot: { name: "arm2" } }');
    assert.equal((await checkConfigFile(robot))[0]?.code, 'E_ROBOT_FILE');
    const none = folder.write('robots/arm2/robot.json5', '{ name: "arm2" }');
    assert.match((await checkConfigFile(none))[0]?.message ?? '', /robot is missing/);
  });

  it('names the limits with which hardware would not be armed', async () => {
    const shipped = readFileSync(join(dirname(builtInPaths.presets), 'robots/so101/robot.json5'), 'utf8');
    const text = shipped
      .replace(/maxVelocityRadOrMPerS: [\d.]+/, 'maxVelocityRadOrMPerS: 1000')
      .replace(/ *maxEffortNmOrN: [\d.]+,\n/, '');
    const problems = await checkConfigFile(folder.write('robots/arm3/robot.json5', text));
    assert.deepEqual(
      problems.map(({ code, values }) => [code, values['key'], values['value'], values['largest']]),
      [
        ['E_SAFETY_LIMITS_MISSING', 'shoulder_pan.maxEffortNmOrN', null, null],
        ['E_SAFETY_LIMITS_UNREASONABLE', 'shoulder_pan.maxVelocityRadOrMPerS', 1000, 50],
      ],
    );
    assert.match(
      problems[0]!.message,
      /robot\.json5: shoulder_pan\.maxEffortNmOrN is missing: the robot would not be armed/,
    );
    const simulated = folder.write('robots/arm4/robot.json5', text.replace(/kind: 'hardware'/, "kind: 'simulated'"));
    assert.deepEqual(await checkConfigFile(simulated), []);
  });

  it('reports contradictory settings', async () => {
    const file = folder.write('contradiction.json5', '{ learner: { alphaClampLow: 50 } }');
    assert.deepEqual(
      (await checkConfigFile(file)).map(({ values }) => values['key']),
      ['learner.alphaClampLow'],
    );
  });
});
