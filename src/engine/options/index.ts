export { checkOptions, conflictingOptions, latentSize, networkLayout, targetEntropy } from './check-options.ts';
export { ALGORITHM_SETTINGS } from './settings.ts';
export type { AlgorithmOptions, AlgorithmSettings, ProblemSizes } from './settings.ts';
