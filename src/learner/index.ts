export {
  checkpointExists,
  readCheckpoint,
  readDaemonCheckpoint,
  replaceFile,
  writeCheckpoint,
} from './checkpoint/index.ts';
export type { Checkpoint, CheckpointContent, Manifest } from './checkpoint/index.ts';
export { algorithmOptions, type LearnerConfig, type ProblemSizes } from './config.ts';
export { checkMemoryBudget } from './memory-budget.ts';
export type { LearningTask } from './policy-writer.ts';
export { runLearner, type RunLearnerOptions } from './run-learner.ts';
