export { connectToDaemon, type ConnectOptions, type DaemonConnection, type LearnerMessage } from './connect.ts';
export { listenForLearner, type ListenOptions } from './listen.ts';
export type { FromLearnerMessage, LearnerHello, LearnerWelcome } from './messages.ts';
export { privateSocketPath } from './socket-path.ts';
