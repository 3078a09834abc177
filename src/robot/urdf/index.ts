export { importUrdf } from './import-urdf.ts';
export { readUrdf } from './read-urdf.ts';
export { reachFileText, robotFileText } from './robot-file-text.ts';
