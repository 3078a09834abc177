import { SoftqdError } from '../base/errors.ts';
import { errorFromChild, startChildProcess, stopChildProcess, type ChildFailure } from './child-process.ts';
import type { SimulatorLaunch } from './simulator-server.ts';

/** The first message of the simulator process. */
export type SimulatorMessage = { readonly url: string } | { readonly failure: ChildFailure };

interface SimulatorChild {
  readonly url: string;
  readonly pid: number;
  close(): Promise<void>;
}

const START_FAILURE_TIMEOUT_MS = 1000;
const STOP_TIMEOUT_MS = 3000;

/** Starts a simulator process and waits until it listens. Throws the error of the simulator, e.g. E_PORT_IN_USE. */
export async function startSimulatorChild(launch: SimulatorLaunch): Promise<SimulatorChild> {
  const child = startChildProcess(new URL('./simulator-main', import.meta.url));
  const message = await new Promise<SimulatorMessage>((resolve) => {
    child.once('message', (received) => resolve(received as SimulatorMessage));
    child.once('exit', (code, signal) => {
      const error = new SoftqdError(
        'E_SIMULATOR_LOST',
        `the simulator process exited before listening (${signal ?? `exit ${code ?? 0}`})`,
        { hint: 'Run softqd simulate separately for details.' },
      );
      resolve({ failure: error.toJSON().error });
    });
    child.send(launch);
  });
  if ('failure' in message) {
    await stopChildProcess(child, START_FAILURE_TIMEOUT_MS);
    throw errorFromChild(message.failure);
  }
  return { url: message.url, pid: child.pid ?? 0, close: () => stopChildProcess(child, STOP_TIMEOUT_MS) };
}

/** As startSimulatorChild, but when the port is in use it takes any free one and calls `onPortInUse` with the original port. */
export async function startEmbeddedSimulator(
  launch: SimulatorLaunch,
  onPortInUse: (port: number) => void,
): Promise<SimulatorChild> {
  try {
    return await startSimulatorChild(launch);
  } catch (error) {
    if (!(error instanceof SoftqdError) || error.code !== 'E_PORT_IN_USE' || launch.port === 0) throw error;
    onPortInUse(launch.port);
    return startSimulatorChild({ ...launch, port: 0 });
  }
}
