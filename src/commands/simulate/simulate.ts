import { SoftqdError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { CommandFunction, CommandUi, SimulateOptions } from '../../runs/index.ts';
import { readToken, serveSimulator } from '../../processes/index.ts';

/** Addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** A logger whose lines reach the person as notes. */
export function uiNoteLogger(ui: CommandUi): Logger {
  return {
    debug: () => undefined,
    info: (message) => ui.info(message),
    warning: (message) => ui.info(message),
    error: (message) => ui.info(message),
  };
}

/** `softqd simulate`: a world behind the WebSocket protocol, until Ctrl-C. */
export const simulateCommand: CommandFunction<SimulateOptions> = async (options, ui) => {
  const loaded = await options.configure({ robot: options.robot });
  const { robot, robotDirectory } = loaded;
  if (robot === null || robotDirectory === null)
    throw new SoftqdError('E_USAGE', '--robot is required', { hint: 'Pass --robot NAME.' });
  const { host, port, mode, tokenFile, maxFrameBytes } = loaded.config.simulator;
  if (!isLoopback(host) && tokenFile === null) {
    throw new SoftqdError(
      'E_TOKEN_REQUIRED',
      `listening on ${host} requires a token: anyone on the network could control the simulator`,
    );
  }
  const server = await serveSimulator(
    { robot, robotDirectory, mode, host, port, token: tokenFile === null ? null : readToken(tokenFile), maxFrameBytes },
    uiNoteLogger(ui),
  );
  ui.event({ event: 'listening', url: server.url, mode, robot: robot.name, controlPeriodS: robot.controlPeriodS });
  await new Promise<void>((resolve) => {
    if (ui.signal.aborted) resolve();
    else ui.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.close();
  return 130;
};
