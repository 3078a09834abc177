import type { AlgorithmOptions, Engine, EngineState } from './port.ts';

export interface NativeFactory {
  /** One line: instruction set, threads. */
  readonly description: string;
  create(options: AlgorithmOptions, state: EngineState, threads: number): Engine;
}

/** The native engine where it was built, or why it is not there. */
export function lookupNative(): { readonly factory: NativeFactory | null; readonly reason: string } {
  return { factory: null, reason: 'not built in this version' };
}
