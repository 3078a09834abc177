import { SoftqdError, type ErrorValues } from '../base/errors.ts';
import type { ErrorCode } from '../base/error-codes.ts';
import { endChild, forkEntry } from './child-process.ts';
import type { SimulatorLaunch } from './simulator-server.ts';

interface Answer {
  readonly url?: string;
  readonly failure?: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly hint: string;
    readonly values: ErrorValues;
  };
}

export interface SimulatorChild {
  readonly url: string;
  readonly pid: number;
  close(): Promise<void>;
}

/** Starts a simulator in its own process and waits until it listens. Throws what the simulator threw, e.g. E_PORT_IN_USE. */
export async function startSimulatorChild(plan: SimulatorLaunch): Promise<SimulatorChild> {
  const child = forkEntry('simulator-main');
  const answer = await new Promise<Answer>((resolve) => {
    child.once('message', (message) => resolve(message as Answer));
    child.once('exit', (code, signal) => {
      resolve({
        failure: {
          code: 'E_SIMULATOR_LOST',
          message: `the simulator process exited before listening (${signal ?? `exit ${code ?? 0}`})`,
          hint: 'Run softqd simulate separately for details.',
          values: {},
        },
      });
    });
    child.send(plan);
  });
  const { url, failure } = answer;
  if (failure !== undefined || url === undefined) {
    await endChild(child, 1000);
    throw new SoftqdError(
      failure?.code ?? 'E_SIMULATOR',
      failure?.message ?? 'the simulator process reported no address',
      {
        ...(failure === undefined ? {} : { hint: failure.hint, values: failure.values }),
      },
    );
  }
  return { url, pid: child.pid ?? 0, close: () => endChild(child, 3000) };
}

/** As startSimulatorChild, but a taken port gives way to any free one; `onMoved` hears of it. */
export async function startEmbeddedSimulator(
  plan: SimulatorLaunch,
  onMoved: (takenPort: number) => void,
): Promise<SimulatorChild> {
  try {
    return await startSimulatorChild(plan);
  } catch (error) {
    if (!(error instanceof SoftqdError) || error.code !== 'E_PORT_IN_USE' || plan.port === 0) throw error;
    onMoved(plan.port);
    return startSimulatorChild({ ...plan, port: 0 });
  }
}
