export { connectToDaemon, type DaemonConnection, type LearnerMessage } from './connect.ts';
export { listenForLearner } from './listen.ts';
export { privateSocketPath } from './socket-path.ts';
