export {
  checkpointExists,
  readCheckpoint,
  readDaemonCheckpoint,
  replaceFile,
  writeCheckpoint,
} from './checkpoint/index.ts';
export type { Checkpoint, CheckpointContent, Manifest } from './checkpoint/index.ts';
export type { LearnerConfig } from './settings/index.ts';
export { checkMemoryBudget } from './memory-budget.ts';
export type { LearningTask } from './policy-writer.ts';
export type { RunIdentity } from './checkpoint-parts.ts';
export { runLearner, type RunLearnerOptions } from './run-learner.ts';
