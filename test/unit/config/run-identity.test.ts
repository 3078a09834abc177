import assert from 'node:assert/strict';
import {
  builtInPaths,
  loadConfig,
  runIdentity,
  type LoadOptions,
  type RunParameters,
} from '../../../src/config/index.ts';
import { builtInConfigCopy } from './config-fixture.ts';

const PARAMETERS: RunParameters = {
  command: 'pretrain',
  mode: 'lock-step',
  seed: 1,
  simulators: 1,
  parentPolicySha256: null,
};

describe('runIdentity', () => {
  const identity = async (options: Partial<LoadOptions> = {}, parameters = PARAMETERS) =>
    runIdentity(await loadConfig({ env: {}, robot: 'arm2', task: 'reach', ...options }), parameters);
  const sha256 = async (options: Partial<LoadOptions> = {}, parameters = PARAMETERS): Promise<string> =>
    (await identity(options, parameters)).sha256;

  it('ignores paths, ports, queue sizes, appearance and the source of a value', async () => {
    const flags = {
      'data.directory': '/elsewhere',
      'api.port': 0,
      'simulator.port': 0,
      'log.maxQueuedMb': 9,
      'log.level': 'debug',
      'ui.refreshHz': 1,
      'learner.checkpointEverySteps': 7,
      'learner.niceness': 1,
    };
    const plain = await identity();
    assert.deepEqual(await identity({ flags }), plain);
    const batchSize = plain.definition['learner.batchSize'];
    assert.equal(await sha256({ flags: { 'learner.batchSize': batchSize } }), plain.sha256);
  });

  it('changes with every setting that affects the run, with the task, the model, the seed and the command', async () => {
    const hashes = new Set([await sha256(), await sha256({ robot: 'pendulum', task: 'Pendulum-v1' })]);
    for (const flags of [
      { 'learner.batchSize': 65 },
      { 'learner.exploration': 'ornstein-uhlenbeck' },
      { 'learner.metricsEverySteps': 7 },
      { 'task.discount': 0.5 },
      { 'control.rateHz': 100 },
      { 'learner.preset': 'paper' },
    ]) {
      hashes.add(await sha256({ flags }));
    }
    const changes: Partial<RunParameters>[] = [{ seed: 2 }, { command: 'demo' }, { simulators: 2 }, { unique: 'x' }];
    for (const change of changes) hashes.add(await sha256({}, { ...PARAMETERS, ...change }));
    assert.equal(hashes.size, 12);
    const copy = builtInConfigCopy();
    try {
      assert.equal(await sha256({ places: copy.places }), await sha256());
      copy.write('robots/arm2/model.xml', '<mujoco/>');
      assert.notEqual(await sha256({ places: copy.places }), await sha256());
    } finally {
      copy.remove();
    }
  });

  it('derives a different session UUID from each identity', async () => {
    const [first, second] = [await identity(), await identity({}, { ...PARAMETERS, seed: 2 })];
    assert.match(first.sessionUuid, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.notEqual(first.sessionUuid, second.sessionUuid);
  });

  it('contains no path and no port', async () => {
    const flags = { 'simulator.tokenFile': '/secret/token', 'data.directory': '/elsewhere' };
    const text = JSON.stringify((await identity({ flags })).definition);
    for (const path of ['/secret', '/elsewhere', builtInPaths.robots]) assert.ok(!text.includes(path), path);
  });
});
