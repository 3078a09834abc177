import { daemonStatus } from '../../api/index.ts';
import { toSoftqdError, type SoftqdError } from '../../base/errors.ts';
import type { CommandFunction } from '../../cli/index.ts';
import { holdStatus, type HoldStatus } from '../../driver/index.ts';
import { controlPaths, type DaemonFile } from '../../processes/index.ts';
import { isHealthy } from '../../runs/daemon/index.ts';
import { StickyFaults } from '../../runs/sticky-faults/index.ts';
import { selectDaemons } from '../select-daemon.ts';
import type { AbsentStatus, StatusOptions, StatusResult } from './types.ts';

/** `softqd status`: the state of every robot that runs, or of one. Exit code 1 when one is not healthy, or none runs. */
export const statusCommand: CommandFunction<StatusOptions, StatusResult> = async (options, ui) => {
  const selected = await selectDaemons(options, options.selection);
  const { dataDirectory, robot, id, daemons } = selected;
  const results =
    daemons.length > 0
      ? await Promise.all(daemons.map((daemon) => statusOf(daemon, dataDirectory)))
      : [await withoutDaemon(dataDirectory, robot, id)];
  for (const result of results) ui.event(result);
  return results.every(({ healthy }) => healthy) ? 0 : 1;
};

async function statusOf(daemon: DaemonFile, dataDirectory: string): Promise<StatusResult> {
  try {
    const status = await daemonStatus(daemon);
    return { ...status, healthy: isHealthy(status), hold: null };
  } catch (thrown) {
    return notResponding(daemon, dataDirectory, toSoftqdError(thrown));
  }
}

function notResponding(daemon: DaemonFile, dataDirectory: string, error: SoftqdError): StatusResult {
  const { robot, id, pid, driver, run } = daemon;
  return {
    ...absent(dataDirectory, robot, id),
    ...{ state: 'not-responding', pid, driver, run, reason: `${error.message}. ${error.hint}`, hold: null },
  };
}

async function withoutDaemon(dataDirectory: string, robot: string | null, id: string | null): Promise<StatusResult> {
  if (robot === null) return { ...absent(dataDirectory, '', id), reason: 'no robot runs', hold: null };
  const hold = await holdStatus(controlPaths(dataDirectory, robot, id).holdSocket);
  return { ...absent(dataDirectory, robot, id), ...holdState(hold) };
}

function holdState(hold: HoldStatus | null): Pick<AbsentStatus, 'state'> & { readonly hold: HoldStatus | null } {
  return { state: hold === null ? 'not-running' : 'holding', hold };
}

function absent(dataDirectory: string, robot: string, id: string | null): AbsentStatus & { readonly healthy: boolean } {
  const fault = robot === '' ? null : new StickyFaults(dataDirectory, robot, id).read();
  return {
    ...{
      robot,
      id,
      state: 'not-running',
      reason: fault?.message ?? null,
      loop: null,
      servos: [],
      readings: null,
      effortNotLimited: [],
      run: fault?.run ?? null,
    },
    ...{ policy: null, learner: null, pid: null, driver: null, stop: null, fault, healthy: false },
  };
}
