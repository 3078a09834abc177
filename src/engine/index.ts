export { emptyBatch } from './batch.ts';
export { createEngine, type CreateEngineOptions, type EngineBackend, engineBackends } from './create-engine.ts';
export { initialState } from './initial-state.ts';
export { drawNoise, noiseFor } from './noise.ts';
export { checkOptions } from './options.ts';
export type { AlgorithmOptions, Batch, Engine, EngineState, UpdateInfo, UpdateNoise, UpdateSettings } from './port.ts';
export { stateShapes } from './state-shapes.ts';
