export { checkpointExists, readCheckpoint, readDaemonCheckpoint, writeCheckpoint } from './checkpoint/index.ts';
export type { CheckpointContent } from './checkpoint/index.ts';
export type { LearnerConfig } from './settings/index.ts';
export { checkMemoryBudget } from './memory-budget.ts';
export type { RunIdentity } from './checkpoint-parts.ts';
export { checkParentPolicy } from './parent-policy.ts';
export { runLearner } from './run-learner.ts';
