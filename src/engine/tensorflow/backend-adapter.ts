import util from 'node:util';
import type * as Tf from '@tensorflow/tfjs-core';
import { SoftqdError } from '../../base/errors.ts';

export type TensorFlow = typeof Tf;
export type BackendName = 'tensorflow' | 'wasm' | 'cpu';

export interface BackendStatus {
  readonly name: BackendName;
  readonly available: boolean;
  /** Description if available, else the reason; one line. */
  readonly reason: string;
}

/** In the order in which `auto` tries them. */
const BACKENDS: readonly BackendName[] = ['tensorflow', 'wasm', 'cpu'];

function firstLine(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.split('\n')[0]!.slice(0, 200);
}

/** Node 23 removed `util.isNullOrUndefined`, which tfjs-node 4.22 calls. */
function patchIsNullOrUndefined(): void {
  const module: { isNullOrUndefined?: (value: unknown) => boolean } = util;
  module.isNullOrUndefined ??= (value) => value === null || value === undefined;
}

function threads(count: string): string {
  return count === '1' ? 'one thread' : `${count} threads`;
}

async function register(tf: TensorFlow, name: BackendName): Promise<string> {
  switch (name) {
    case 'tensorflow': {
      // An optional dependency: the name is a value so that its types are not needed either.
      const optional = '@tensorflow/tfjs-node';
      process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
      // One thread keeps the order of sums; a second one is no faster at these sizes.
      process.env['TF_NUM_INTRAOP_THREADS'] ??= '1';
      process.env['TF_NUM_INTEROP_THREADS'] ??= '1';
      patchIsNullOrUndefined();
      await import(optional);
      return `tfjs-node ${tf.version_core}, native library, ${threads(process.env['TF_NUM_INTRAOP_THREADS'])}`;
    }
    case 'wasm': {
      const wasm = await import('@tensorflow/tfjs-backend-wasm');
      // One thread: the order of sums, and with it every bit, stays the same.
      wasm.setThreadsCount(1);
      return `WASM ${wasm.version_wasm}${(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) === true ? ' with SIMD' : ''}, one thread`;
    }
    case 'cpu':
      await import('@tensorflow/tfjs-backend-cpu');
      return `plain JavaScript ${tf.version_core}, slow`;
  }
}

/** Loads one backend of TensorFlow.js; never throws. */
async function probeBackend(tf: TensorFlow, name: BackendName): Promise<BackendStatus> {
  try {
    tf.enableProdMode();
    const reason = await register(tf, name);
    const started = await withoutAddedListeners(() => tf.setBackend(name));
    if (!started) return { name, available: false, reason: 'it did not start' };
    await tf.ready();
    const probe = tf.tidy(() => tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync()[0]);
    return probe === 2
      ? { name, available: true, reason }
      : { name, available: false, reason: 'self-test returned wrong results' };
  } catch (thrown) {
    return { name, available: false, reason: firstLine(thrown) };
  }
}

/**
 * The WASM module adds listeners to the process: they would rethrow any other error and print the complete source
 * of the module. This removes them.
 */
async function withoutAddedListeners<T>(start: () => Promise<T>): Promise<T> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => new Set<unknown>(process.listeners(event as 'uncaughtException')));
  const result = await start();
  events.forEach((event, i) => {
    for (const listener of process.listeners(event as 'uncaughtException')) {
      if (!before[i]!.has(listener)) process.removeListener(event, listener);
    }
  });
  return result;
}

export interface ChosenBackend {
  readonly tf: TensorFlow;
  readonly name: BackendName;
  /** One line: the selected backend, and why the preferred ones are unavailable. */
  readonly description: string;
}

/** The requested backend, or the first available one. Throws E_BACKEND_UNAVAILABLE when it, or all, are unavailable. */
export async function chooseBackend(wanted: 'auto' | BackendName): Promise<ChosenBackend> {
  const tf = await import('@tensorflow/tfjs-core');
  const refused: string[] = [];
  for (const name of wanted === 'auto' ? BACKENDS : [wanted]) {
    const status = await probeBackend(tf, name);
    if (status.available) {
      const why = refused.length === 0 ? '' : ` (not ${refused.join('; not ')})`;
      return { tf, name, description: `TensorFlow.js on ${status.reason}${why}` };
    }
    refused.push(`${name}: ${status.reason}`);
  }
  throw new SoftqdError('E_BACKEND_UNAVAILABLE', `no TensorFlow.js backend works: ${refused.join('; ')}`);
}

/** Every backend with its description or the reason why it is unavailable, for doctor. */
export async function tensorflowBackends(): Promise<readonly BackendStatus[]> {
  const tf = await import('@tensorflow/tfjs-core');
  const statuses: BackendStatus[] = [];
  for (const name of BACKENDS) statuses.push(await probeBackend(tf, name));
  return statuses;
}
