import { loadAddon } from '../../addon/index.ts';
import type { AlgorithmOptions, Engine, EngineState } from '../port.ts';
import { NativeEngine } from './native-engine.ts';

interface NativeFactory {
  /** One line: instruction set. */
  readonly description: string;
  create(options: AlgorithmOptions, state: EngineState, threads: number): Engine;
}

export type NativeEngineResult =
  { readonly factory: NativeFactory; readonly reason: '' } | { readonly factory: null; readonly reason: string };

/** The native engine if it was built and passes its self-test, else the reason why it is unavailable. Never throws. */
export function findNativeEngine(): NativeEngineResult {
  const found = loadAddon();
  if (found.addon === null) return { factory: null, reason: found.reason };
  const { addon, isa } = found;
  const wrong = addon.selfTest(isa);
  if (wrong !== null) return { factory: null, reason: `self-test failed on this CPU: ${isa} ${wrong}` };
  return {
    factory: {
      description: `native (${isa})`,
      create: (options, state, threads) => new NativeEngine({ addon, isa, threads }, options, state),
    },
    reason: '',
  };
}
