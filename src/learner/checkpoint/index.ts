export { checkpointExists, readCheckpoint, readDaemonCheckpoint, type Checkpoint } from './read.ts';
export { replaceFile, writeCheckpoint, type CheckpointContent } from './write.ts';
