import assert from 'node:assert/strict';
import { RecordingLogger } from '../../../src/base/logger.ts';
import { createEngine, type CreateEngineOptions, engineBackends } from '../../../src/engine/index.ts';
import { presetOptions } from '../../support/learning.ts';

const OPTIONS = presetOptions('default', { observationSize: 2, actionSize: 1 }, { hiddenUnits: [4, 4], batchSize: 2 });

function wanted(
  changes: Partial<CreateEngineOptions> = {},
): CreateEngineOptions & { readonly logger: RecordingLogger } {
  return {
    engine: 'tensorflow',
    backend: 'wasm',
    options: OPTIONS,
    seed: 4,
    threads: 1,
    ...changes,
    logger: new RecordingLogger(),
  };
}

describe('createEngine', () => {
  it('says in one line which engine it took', async () => {
    const options = wanted();
    const engine = await createEngine(options);
    assert.match(engine.description, /WASM/);
    assert.deepEqual(
      options.logger.entries.map(({ level, message }) => [level, message]),
      [['info', `engine: ${engine.description}`]],
    );
    assert.ok(!engine.description.includes('\n'));
  });

  it('takes the first backend that works and names why not the ones before it', async () => {
    const engine = await createEngine(wanted({ backend: 'auto' }));
    const [native, first] = await engineBackends();
    assert.equal(native!.name, 'native');
    assert.match(engine.description, first!.available ? /native library/ : /WASM.*not tensorflow: /);
  });

  it('takes native on its own where it was built, and never when a backend of TensorFlow.js is named', async () => {
    const native = (await engineBackends())[0]!.available;
    assert.equal(
      (await createEngine(wanted({ engine: 'auto', backend: 'auto' }))).description.includes('native avx') || !native,
      true,
    );
    assert.match((await createEngine(wanted({ engine: 'auto', backend: 'cpu' }))).description, /plain JavaScript/);
    if (!native) await assert.rejects(createEngine(wanted({ engine: 'native' })), { code: 'E_ENGINE_UNAVAILABLE' });
  });

  it('starts every engine from the same weights for the same seed', async () => {
    const [a, b] = [await createEngine(wanted()), await createEngine(wanted({ backend: 'cpu' }))];
    assert.deepEqual(a.state(), b.state());
    assert.notDeepEqual((await createEngine(wanted({ seed: 5 }))).state(), a.state());
  });

  it('rejects options that cannot be computed before it loads anything', async () => {
    await assert.rejects(createEngine(wanted({ options: { ...OPTIONS, batchSize: 0 } })), { code: 'E_CONFIG_VALUE' });
  });

  it('leaves no listener of the WASM module in the process: it would throw foreign errors again', async () => {
    await createEngine(wanted());
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      for (const listener of process.listeners(event as 'uncaughtException')) {
        assert.doesNotMatch(listener.toString(), /ExitStatus|throw reason/, event);
      }
    }
  });
});

describe('engineBackends', () => {
  it('names every backend with what it is or why it does not work, in one line', async () => {
    const backends = await engineBackends();
    assert.deepEqual(
      backends.map(({ name }) => name),
      ['native', 'tensorflow', 'wasm', 'cpu'],
    );
    for (const { name, reason } of backends) assert.ok(reason.length > 0 && !reason.includes('\n'), name);
    assert.ok(backends.filter(({ name }) => name === 'wasm' || name === 'cpu').every(({ available }) => available));
  });
});
