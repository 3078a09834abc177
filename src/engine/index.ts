export { emptyBatch } from './batch.ts';
export { createEngine, type CreateEngineOptions, engineBackends } from './create-engine.ts';
export { initialState } from './initial-state.ts';
export { drawNoise, noiseFor } from './noise.ts';
export type {
  AlgorithmOptions,
  AlgorithmSettings,
  Batch,
  Engine,
  EngineState,
  UpdateNoise,
  UpdateSettings,
} from './port.ts';
export { resetState } from './reset-state.ts';
export { fillNoise, gradientStep, type GradientStepInfo } from './update.ts';
export { latentSize, targetEntropy } from './options/index.ts';
export { stateShapes } from './state-shapes.ts';
