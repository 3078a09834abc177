import { toSoftqdError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import type { SimulatorMessage } from './simulator-child.ts';
import { serveSimulator, type SimulatorLaunch } from './simulator-server.ts';

// Entry file of the simulator process: receives its launch options from the daemon, replies with the URL or the error, and exits with it.
const reply = (message: SimulatorMessage, onSent?: () => void): void => {
  process.send?.(message, () => onSent?.());
};

process.once('message', (launch: SimulatorLaunch) => {
  serveSimulator(launch, silentLogger).then(
    (server) => {
      reply({ url: server.url });
      process.once('SIGTERM', () => {
        void server.close().finally(() => process.exit(0));
      });
    },
    (error: unknown) => reply({ failure: toSoftqdError(error).toJSON().error }, () => process.exit(1)),
  );
});
process.once('disconnect', () => process.exit(0));
