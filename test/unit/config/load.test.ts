import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { SoftqdError } from '../../../src/base/errors.ts';
import {
  loadConfig,
  listRobots,
  listTasks,
  listPresets,
  builtInPaths,
  type LoadOptions,
} from '../../../src/config/index.ts';
import { emptyConfig, builtInConfigCopy, type ConfigFixture } from './config-fixture.ts';

async function failure(options: LoadOptions): Promise<SoftqdError> {
  try {
    await loadConfig(options);
  } catch (thrown) {
    assert.ok(thrown instanceof SoftqdError, String(thrown));
    return thrown;
  }
  throw new assert.AssertionError({ message: 'nothing was thrown' });
}

describe('loadConfig', () => {
  let room: ConfigFixture;
  before(() => {
    room = builtInConfigCopy();
  });
  after(() => room.remove());

  it('gives every shipped robot and task under every preset', async () => {
    for (const robot of await listRobots()) {
      for (const task of await listTasks(robot)) {
        for (const preset of await listPresets()) {
          const loaded = await loadConfig({ env: {}, robot, task, flags: { 'learner.preset': preset } });
          assert.equal(loaded.robot?.name, robot);
          assert.equal(loaded.task?.name, task);
          assert.equal(loaded.preset, preset);
          assert.ok(loaded.task.discount > 0 && loaded.task.discount <= 1 && loaded.task.horizon >= 1);
        }
      }
    }
    assert.ok((await listRobots()).includes('pendulum'));
  });

  it('names the tasks: Pendulum-v1 for 200 steps, reach for 150, MultiGoal for 30', async () => {
    const horizon = async (robot: string, task: string): Promise<number | undefined> =>
      (await loadConfig({ env: {}, robot, task })).task?.horizon;
    assert.equal(await horizon('pendulum', 'Pendulum-v1'), 200);
    assert.equal(await horizon('arm2', 'reach'), 150);
    assert.equal(await horizon('point2', 'MultiGoal'), 30);
  });

  it('lets each place override the ones before it, and says which one won', async () => {
    const robotText = (extra: string): string =>
      `{ robot: { name: 'pendulum', title: 'p', kind: 'simulated', controlPeriodS: 0.05, readingMaxAgeS: 0.1,
        joints: [{ name: 'j', kind: 'revolute', commandMode: 'effort', stopMode: 'torque-off' }],
        world: { type: 'closed-form', name: 'pendulum', physicsStepS: 0.05 } }, ${extra} }`;
    const names = ['default', 'preset', 'robot', 'task', 'preset tasks', 'file', 'env', 'flag'] as const;
    await fc.assert(
      fc.asyncProperty(fc.subarray([...names], { minLength: 0 }), async (chosen) => {
        const has = (name: (typeof names)[number]): boolean => chosen.includes(name);
        const place = emptyConfig();
        try {
          const setting = (name: (typeof names)[number]): string =>
            has(name) ? `evaluation: { episodes: ${10 + names.indexOf(name)} },` : '';
          place.write('default.json5', `{ ${setting('default')} }`);
          const block = has('preset tasks') ? `tasks: { T: { batchSize: 14, discount: 0.5 } },` : '';
          place.write('presets/default.json5', `{ ${setting('preset')} learner: {}, ${block} }`);
          place.write('robots/pendulum/robot.json5', robotText(setting('robot')));
          place.write(
            'robots/pendulum/tasks/T.json5',
            `{ kind: 'pendulum', discount: 0.9, horizon: 7, learner: { batchSize: 13 }, ${setting('task')} }`,
          );
          const file = place.write('mine.json5', `{ ${setting('file')} }`);
          const loaded = await loadConfig({
            places: place.places,
            robot: 'pendulum',
            task: 'T',
            file,
            env: has('env') ? { SOFTQD_EVALUATION_EPISODES: '16' } : {},
            flags: has('flag') ? { 'evaluation.episodes': '17' } : {},
          });
          const winner = chosen
            .filter((name) => name !== 'preset tasks')
            .sort((a, b) => names.indexOf(a) - names.indexOf(b))
            .at(-1);
          const explained = loaded.explain().find(({ key }) => key === 'evaluation.episodes');
          const sources = {
            default: 'default',
            preset: 'preset default',
            robot: 'robot pendulum',
            task: 'task T',
            file: `file ${file}:1`,
            env: 'env SOFTQD_EVALUATION_EPISODES',
            flag: 'flag',
          };
          assert.equal(explained?.value, winner === undefined ? 10 : 10 + names.indexOf(winner));
          assert.equal(loaded.config.evaluation.episodes, explained.value);
          assert.equal(explained.source, winner === undefined ? 'default' : sources[winner]);
          assert.equal(loaded.config.learner.algorithm.batchSize, has('preset tasks') ? 14 : 13);
          assert.equal(loaded.task?.discount, has('preset tasks') ? 0.5 : 0.9);
        } finally {
          place.remove();
        }
      }),
      { numRuns: 40 },
    );
  });

  it("takes a task's learning options under preset default only, and a preset's own for that task", async () => {
    const batch = async (preset: string): Promise<[number, string | undefined]> => {
      const loaded = await loadConfig({
        env: {},
        robot: 'pendulum',
        task: 'Pendulum-v1',
        flags: { 'learner.preset': preset },
      });
      return [
        loaded.config.learner.algorithm.batchSize,
        loaded.explain().find(({ key }) => key === 'learner.batchSize')?.source,
      ];
    };
    assert.equal((await batch('default'))[1], 'task Pendulum-v1');
    assert.deepEqual(await batch('paper'), [64, 'preset paper']);
    const goals = await loadConfig({
      env: {},
      robot: 'point2',
      task: 'MultiGoal',
      flags: { 'learner.preset': 'paper' },
    });
    assert.equal(goals.config.learner.algorithm.initialAlpha, 10);
    assert.equal(
      goals.explain().find(({ key }) => key === 'learner.initialAlpha')?.source,
      'preset paper (tasks.MultiGoal)',
    );
  });

  it('names an unknown key, the nearest known one, the file, line and column', async () => {
    const file = room.write('typo.json5', '{\n  // a comment\n  learner: {\n    batchSiez: 64,\n  },\n}\n');
    const error = await failure({ env: {}, file });
    assert.equal(error.code, 'E_CONFIG_UNKNOWN_KEY');
    assert.equal(error.message, `${file}:4:5: learner.batchSiez is not a setting; did you mean learner.batchSize?`);
    assert.equal(error.values['line'], 4);
    assert.equal(error.values['nearest'], 'learner.batchSize');
  });

  it('finds a right name in the wrong section', async () => {
    const file = room.write('section.json5', '{ batchSize: 64 }');
    assert.equal((await failure({ env: {}, file })).values['nearest'], 'learner.batchSize');
    const flags = { 'simulator.rateHz': '5' };
    assert.equal((await failure({ env: {}, flags })).values['nearest'], 'control.rateHz');
  });

  it('names key, value, what is allowed, the unit and the place of a wrong value', async () => {
    const file = room.write(
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

  it('names line and column where a file is not JSON5', async () => {
    const file = room.write('syntax.json5', '{\n  control: { rateHz: 50,, },\n}');
    const error = await failure({ env: {}, file });
    assert.equal(error.code, 'E_CONFIG');
    assert.match(error.message, /syntax\.json5:2:25: not JSON5: invalid character ','/);
  });

  it('refuses a file that is missing, a folder, too large, no object, or states a key twice', async () => {
    const message = async (file: string): Promise<string> => (await failure({ env: {}, file })).message;
    assert.match(await message(join(room.path, 'nowhere.json5')), /file not found/);
    assert.match(await message(room.path), /is a directory/);
    assert.match(await message(room.write('large.json5', ' '.repeat(1_048_577))), /1048577 bytes/);
    assert.match(await message(room.write('list.json5', '[1]')), /must hold one object/);
    assert.match(
      await message(room.write('twice.json5', '{ log: { level: "info",\n level: "debug" } }')),
      /twice\.json5:2:2: duplicate key log\.level \(first in line 1\)/,
    );
  });

  it('does not let a file reach beyond the settings', async () => {
    const file = room.write(
      'proto.json5',
      '{ "__proto__": { "polluted": 1 }, "constructor": { "prototype": { "polluted": 1 } } }',
    );
    const error = await failure({ env: {}, file });
    assert.equal(error.code, 'E_CONFIG_UNKNOWN_KEY');
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  it('names robots and tasks that there are when one is unknown', async () => {
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

  it('names the presets that there are when one is unknown', async () => {
    const error = await failure({ env: {}, flags: { 'learner.preset': 'papr' } });
    assert.equal(error.code, 'E_CONFIG_VALUE');
    assert.match(error.message, /available: .*default.*paper/);
    assert.match(error.hint, /paper/);
  });

  it('takes a robot from any folder that holds a robot.json5', async () => {
    const loaded = await loadConfig({ env: {}, robot: join(room.path, 'robots/arm2'), task: 'reach' });
    assert.equal(loaded.robotDirectory, join(room.path, 'robots/arm2'));
    assert.equal(loaded.robot?.name, 'arm2');
  });

  it('gives the robot the rate and the age that are asked for, when its physics can', async () => {
    const flags = { 'control.rateHz': '100', 'control.readingMaxAgeMs': '15' };
    const loaded = await loadConfig({ env: {}, robot: 'arm2', flags });
    assert.equal(loaded.robot?.controlPeriodS, 0.01);
    assert.equal(loaded.robot.readingMaxAgeS, 0.015);
    const error = await failure({ env: {}, robot: 'arm2', flags: { 'control.rateHz': '130' } });
    assert.equal(error.code, 'E_CONFIG_VALUE');
    assert.match(error.message, /not a multiple of the physics step 0\.005 s of arm2/);
  });

  it('refuses settings that contradict each other', async () => {
    const contradiction = async (flags: Record<string, unknown>): Promise<string> =>
      (await failure({ env: {}, flags })).message;
    assert.match(await contradiction({ 'learner.replayCapacity': 10 }), /is smaller than learner\.batchSize/);
    assert.match(await contradiction({ 'learner.targetTau': 0 }), /would never be updated/);
    assert.match(await contradiction({ 'learner.alphaClampLow': 20 }), /above learner\.alphaClampHigh/);
    assert.match(await contradiction({ 'api.port': 8741 }), /also api\.port/);
  });

  it('keeps runs below XDG_STATE_HOME, else below the home directory; relative paths mean beside the file that states them', async () => {
    const directory = async (options: Partial<LoadOptions>): Promise<string> =>
      (await loadConfig({ env: {}, ...options })).config.data.directory;
    assert.equal(await directory({}), join(homedir(), '.local/state/softqd'));
    assert.equal(await directory({ env: { XDG_STATE_HOME: '/var/state' } }), '/var/state/softqd');
    assert.equal(await directory({ env: { XDG_STATE_HOME: '/var/state', SOFTQD_DATA_DIRECTORY: '/mnt' } }), '/mnt');
    const file = room.write('folder/data.json5', '{ data: { directory: "runs" } }');
    assert.equal(await directory({ file }), join(room.path, 'folder/runs'));
    assert.equal(await directory({ flags: { 'data.directory': 'runs' } }), join(process.cwd(), 'runs'));
    assert.equal(await directory({ flags: { 'data.directory': '~/x' } }), join(homedir(), 'x'));
  });

  it('hides the token file, refuses a token in an address', async () => {
    const loaded = await loadConfig({ env: {}, flags: { 'simulator.tokenFile': '/secret/token' } });
    assert.ok(!JSON.stringify(loaded.explain()).includes('secret'));
    assert.equal(loaded.config.simulator.tokenFile, '/secret/token');
    for (const url of ['ws://a:b@host:1', 'ws://host:1/?token=x', 'http://host:1', 'ws://']) {
      assert.equal((await failure({ env: {}, flags: { 'simulator.url': url } })).code, 'E_CONFIG_VALUE', url);
    }
  });

  it('warns of an unknown SOFTQD_ variable and names the nearest one', async () => {
    const { warnings } = await loadConfig({
      env: { SOFTQD_LEARNER_BATCH_SIZ: '3', SOFTQD_REQUIRE: 'all', SOFTQD_API_PORT: '' },
    });
    assert.deepEqual(warnings, ['unknown setting SOFTQD_LEARNER_BATCH_SIZ; did you mean SOFTQD_LEARNER_BATCH_SIZE?']);
  });

  it('reads lists, numbers and truth values from text, and no half-numbers', async () => {
    const flags = {
      'learner.hiddenUnits': '64, 32',
      'learner.criticLayerNorm': 'false',
      'learner.criticCount': '1',
      'control.rateHz': 'null',
      'learner.importanceExponent': '1e-1',
    };
    const { learner, control } = (await loadConfig({ env: {}, flags })).config;
    const { hiddenUnits, criticLayerNorm, criticCount, importanceExponent } = learner.algorithm;
    assert.deepEqual(
      [hiddenUnits, criticLayerNorm, criticCount, control.rateHz, importanceExponent],
      [[64, 32], false, 1, null, 0.1],
    );
    for (const [key, text] of Object.entries({
      'api.port': '12x',
      'learner.criticLayerNorm': 'yes',
      'learner.hiddenUnits': '64,,32',
      'learner.importanceExponent': '',
    })) {
      assert.equal((await failure({ env: {}, flags: { [key]: text } })).code, 'E_CONFIG_VALUE', `${key}=${text}`);
    }
  });

  it('gives copies: changing one configuration does not change the next', async () => {
    const first = await loadConfig({ env: {} });
    (first.config.learner.algorithm.hiddenUnits as number[])[0] = 7;
    assert.notEqual((await loadConfig({ env: {} })).config.learner.algorithm.hiddenUnits[0], 7);
  });
});
