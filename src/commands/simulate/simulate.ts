import { SoftqdError } from '../../base/errors.ts';
import { EXIT_INTERRUPTED, untilAborted, type CommandFunction } from '../../cli/index.ts';
import { requireRobot, uiLogger, type ListeningEvent } from '../../runs/index.ts';
import { readToken, serveSimulator } from '../../processes/index.ts';
import type { SimulateOptions } from './types.ts';

/** Addresses that only this machine can reach. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** `softqd simulate`: serves a simulator on a WebSocket until Ctrl-C. */
export const simulateCommand: CommandFunction<SimulateOptions, ListeningEvent> = async (options, ui) => {
  const loaded = await options.configure({ robot: options.robot });
  const { robot, robotDirectory } = requireRobot(loaded);
  const { host, port, mode, tokenFile, maxFrameBytes } = loaded.config.simulator;
  const token = tokenFile === null ? options.token : readToken(tokenFile);
  if (!isLoopback(host) && token === null) {
    throw new SoftqdError(
      'E_TOKEN_REQUIRED',
      `listening on ${host} requires a token: anyone on the network could control the simulator`,
    );
  }
  const server = await serveSimulator({ robot, robotDirectory, mode, host, port, token, maxFrameBytes }, uiLogger(ui));
  ui.event({ event: 'listening', url: server.url, mode, robot: robot.name, controlPeriodS: robot.controlPeriodS });
  await untilAborted(ui.signal);
  await server.close();
  return EXIT_INTERRUPTED;
};
