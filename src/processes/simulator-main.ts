import { toSoftqdError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { serveSimulator, type SimulatorLaunch } from './simulator-server.ts';

// Entry of the embedded simulator: the daemon sends the plan, the answer is the URL or the error; it ends with the daemon.
process.once('message', (plan: SimulatorLaunch) => {
  serveSimulator(plan, silentLogger).then(
    (server) => {
      process.send?.({ url: server.url });
      process.once('SIGTERM', () => {
        void server.close().finally(() => process.exit(0));
      });
    },
    (error: unknown) => {
      process.send?.({ failure: toSoftqdError(error).toJSON().error }, () => process.exit(1));
    },
  );
});
process.once('disconnect', () => process.exit(0));
