export { MANIFEST_FILE, type Manifest } from './manifest.ts';
export { checkpointExists, readCheckpoint, readDaemonPart, type Checkpoint } from './read.ts';
export { replaceFile, writeCheckpoint, type CheckpointContent } from './write.ts';
