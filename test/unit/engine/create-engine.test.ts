import assert from 'node:assert/strict';
import { RecordingLogger } from '../../../src/base/logger.ts';
import { createEngine, type CreateEngineOptions, engineBackends } from '../../../src/engine/index.ts';
import { presetOptions } from '../../support/learning.ts';

const OPTIONS = presetOptions('default', { observationSize: 2, actionSize: 1 }, { widths: [4, 4], batchSize: 2 });

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
  it('logs in one line the selected engine', async () => {
    const options = wanted();
    const engine = await createEngine(options);
    assert.match(engine.description, /WASM/);
    assert.deepEqual(
      options.logger.entries.map(({ level, message }) => [level, message]),
      [['info', `engine: ${engine.description}`]],
    );
    assert.ok(!engine.description.includes('\n'));
  });

  it('selects the first available backend and logs why the preferred ones are unavailable', async () => {
    const engine = await createEngine(wanted({ backend: 'auto' }));
    const [native, first] = await engineBackends();
    assert.equal(native!.name, 'native');
    assert.match(engine.description, first!.available ? /native library/ : /WASM.*not tensorflow: /);
  });

  it('selects native when it was built and no backend of TensorFlow.js is named', async () => {
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

  it('rejects invalid options before it loads a backend', async () => {
    await assert.rejects(createEngine(wanted({ options: { ...OPTIONS, batchSize: 0 } })), { code: 'E_CONFIG_VALUE' });
  });

  it('removes the process listeners of the WASM module, which would rethrow other errors', async () => {
    await createEngine(wanted());
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      for (const listener of process.listeners(event as 'uncaughtException')) {
        assert.doesNotMatch(listener.toString(), /ExitStatus|throw reason/, event);
      }
    }
  });
});

describe('engineBackends', () => {
  it('lists every backend with its description or the reason why it is unavailable', async () => {
    const backends = await engineBackends();
    assert.deepEqual(
      backends.map(({ name }) => name),
      ['native', 'tensorflow', 'wasm', 'cpu'],
    );
    for (const { name, reason } of backends) assert.ok(reason.length > 0 && !reason.includes('\n'), name);
    assert.ok(backends.filter(({ name }) => name === 'wasm' || name === 'cpu').every(({ available }) => available));
  });
});
