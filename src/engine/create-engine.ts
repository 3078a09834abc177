import { SoftqdError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { XoshiroRandom } from '../base/random.ts';
import { initialState } from './initial-state.ts';
import { findNativeEngine } from './native/index.ts';
import { checkOptions } from './options/index.ts';
import type { AlgorithmOptions, Engine } from './port.ts';
import { type BackendName, chooseBackend, tensorflowBackends } from './tensorflow/backend-adapter.ts';

export interface CreateEngineOptions {
  /** `auto`: native if it was built, else tensorflow; tensorflow when a backend is named. */
  readonly engine: 'auto' | 'native' | 'tensorflow';
  /** `auto`: tensorflow, wasm, cpu, the first available one. */
  readonly backend: 'auto' | BackendName;
  readonly options: AlgorithmOptions;
  /** The initial weights depend on it only. */
  readonly seed: number;
  /** Of the native engine; TensorFlow.js computes with one. */
  readonly threads: number;
  readonly logger: Logger;
}

/**
 * An engine with freshly initialized networks; logs in one line which one, and why the preferred ones are unavailable.
 * Throws E_CONFIG_VALUE (options), E_ENGINE_UNAVAILABLE (native requested and not built), E_BACKEND_UNAVAILABLE (no backend works).
 */
export async function createEngine(wanted: CreateEngineOptions): Promise<Engine> {
  checkOptions(wanted.options);
  const state = initialState(wanted.options, new XoshiroRandom(wanted.seed).fork('weights'));
  const native = findNativeEngine();
  if (wanted.engine === 'native' && native.factory === null)
    throw new SoftqdError('E_ENGINE_UNAVAILABLE', `the native engine is not available: ${native.reason}`);
  // Naming a backend of TensorFlow.js selects TensorFlow.js.
  const takeNative = wanted.engine === 'native' || (wanted.engine === 'auto' && wanted.backend === 'auto');
  if (takeNative && native.factory !== null) {
    const engine = native.factory.create(wanted.options, state, wanted.threads);
    wanted.logger.info(`engine: ${engine.description}`);
    return engine;
  }
  const chosen = await chooseBackend(wanted.backend);
  const { TensorFlowEngine } = await import('./tensorflow/tensorflow-engine.ts');
  const engine = new TensorFlowEngine(chosen, wanted.options, state);
  wanted.logger.info(`engine: ${engine.description}`);
  return engine;
}

export interface EngineBackend {
  readonly name: 'native' | BackendName;
  readonly available: boolean;
  /** Description if available, else the reason. */
  readonly reason: string;
}

/** Every engine and backend in the order in which `auto` tries them, for doctor. */
export async function engineBackends(): Promise<readonly EngineBackend[]> {
  const native = findNativeEngine();
  return [
    { name: 'native', available: native.factory !== null, reason: native.factory?.description ?? native.reason },
    ...(await tensorflowBackends()),
  ];
}
