export { clearDaemonFault, daemonStatus, stopDaemon } from './control/control-client.ts';
export { serveControl } from './control/serve-control.ts';
