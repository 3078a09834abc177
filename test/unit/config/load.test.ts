import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { loadConfig, listRobots, listTasks, listPresets, type LoadOptions } from '../../../src/config/index.ts';
import { emptyConfig, builtInConfigCopy, failure, type ConfigFixture } from './config-fixture.ts';

describe('loadConfig', () => {
  let folder: ConfigFixture;
  before(() => {
    folder = builtInConfigCopy();
  });
  after(() => folder.remove());

  it('loads every shipped robot and task with every preset', async () => {
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

  it('sets the horizon of each task: Pendulum-v1 for 200 steps, reach for 150, MultiGoal for 30', async () => {
    const horizon = async (robot: string, task: string): Promise<number | undefined> =>
      (await loadConfig({ env: {}, robot, task })).task?.horizon;
    assert.equal(await horizon('pendulum', 'Pendulum-v1'), 200);
    assert.equal(await horizon('arm2', 'reach'), 150);
    assert.equal(await horizon('point2', 'MultiGoal'), 30);
  });

  it('overrides each source by the next one, and reports the effective one', async () => {
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

  it("uses a task's learning options with preset default only, and a preset's options for that task", async () => {
    const warmup = async (preset: string): Promise<[number, string | undefined]> => {
      const loaded = await loadConfig({
        env: {},
        robot: 'pendulum',
        task: 'Pendulum-v1',
        flags: { 'learner.preset': preset },
      });
      return [
        loaded.config.learner.warmupSteps,
        loaded.explain().find(({ key }) => key === 'learner.warmupSteps')?.source,
      ];
    };
    assert.deepEqual(await warmup('default'), [500, 'task Pendulum-v1']);
    assert.deepEqual(await warmup('paper'), [0, 'preset paper']);
    assert.deepEqual(await warmup('fast'), [500, 'preset fast (tasks.Pendulum-v1)']);
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

  it('loads a robot from any directory with a robot.json5', async () => {
    const loaded = await loadConfig({ env: {}, robot: join(folder.path, 'robots/arm2'), task: 'reach' });
    assert.equal(loaded.robotDirectory, join(folder.path, 'robots/arm2'));
    assert.equal(loaded.robot?.name, 'arm2');
  });

  it('sets the configured rate and age limit when the physics supports them', async () => {
    const flags = { 'control.rateHz': '100', 'control.readingMaxAgeMs': '15' };
    const loaded = await loadConfig({ env: {}, robot: 'arm2', flags });
    assert.equal(loaded.robot?.controlPeriodS, 0.01);
    assert.equal(loaded.robot.readingMaxAgeS, 0.015);
    const error = await failure({ env: {}, robot: 'arm2', flags: { 'control.rateHz': '130' } });
    assert.equal(error.code, 'E_CONFIG_VALUE');
    assert.match(error.message, /not a multiple of the physics step 0\.005 s of arm2/);
  });

  it('keeps runs below XDG_STATE_HOME, else below the home directory; resolves relative paths from their file', async () => {
    const directory = async (options: Partial<LoadOptions>): Promise<string> =>
      (await loadConfig({ env: {}, ...options })).config.data.directory;
    assert.equal(await directory({}), join(homedir(), '.local/state/softqd'));
    assert.equal(await directory({ env: { XDG_STATE_HOME: '/var/state' } }), '/var/state/softqd');
    assert.equal(await directory({ env: { XDG_STATE_HOME: '/var/state', SOFTQD_DATA_DIRECTORY: '/mnt' } }), '/mnt');
    const file = folder.write('folder/data.json5', '{ data: { directory: "runs" } }');
    assert.equal(await directory({ file }), join(folder.path, 'folder/runs'));
    assert.equal(await directory({ flags: { 'data.directory': 'runs' } }), join(process.cwd(), 'runs'));
    assert.equal(await directory({ flags: { 'data.directory': '~/x' } }), join(homedir(), 'x'));
  });

  it('hides the token file, rejects a token in a URL', async () => {
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

  it('parses lists, numbers and booleans, and rejects partial numbers', async () => {
    const flags = {
      'learner.samplerLayers': '[{"kind":"dense","width":64},{"kind":"residual"}]',
      'learner.learnClipped': 'false',
      'learner.criticCount': '1',
      'control.rateHz': 'null',
      'learner.importanceExponent': '1e-1',
    };
    const { learner, control } = (await loadConfig({ env: {}, flags })).config;
    const { samplerLayers, criticCount, importanceExponent } = learner.algorithm;
    assert.deepEqual(
      [samplerLayers, learner.learnClipped, criticCount, control.rateHz, importanceExponent],
      [[{ kind: 'dense', width: 64 }, { kind: 'residual' }], false, 1, null, 0.1],
    );
    for (const [key, text] of Object.entries({
      'api.port': '12x',
      'learner.learnClipped': 'yes',
      'learner.samplerLayers': '[{"kind":"residual"}]',
      'learner.criticLayers': '[64, 64]',
      'learner.importanceExponent': '',
    })) {
      assert.equal((await failure({ env: {}, flags: { [key]: text } })).code, 'E_CONFIG_VALUE', `${key}=${text}`);
    }
  });

  it('returns copies: changing one configuration does not change the next', async () => {
    const first = await loadConfig({ env: {} });
    (first.config.learner.algorithm.samplerLayers as unknown[])[0] = 7;
    assert.notEqual((await loadConfig({ env: {} })).config.learner.algorithm.samplerLayers[0], 7);
  });
});
