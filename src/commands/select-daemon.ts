import { SoftqdError } from '../base/errors.ts';
import type { CommonOptions } from '../cli/index.ts';
import { parseRobotId, robotKey } from '../robot/robot-id.ts';
import { runningDaemons, type DaemonFile } from '../processes/index.ts';

/** Which robot a command is about. */
export interface DaemonSelection {
  /** The value of --robot; null: the only one that runs. */
  readonly robot: string | null;
  /** The value of --id. */
  readonly id: string | null;
}

export interface SelectedDaemons {
  readonly dataDirectory: string;
  /** The robot's name in its file; null without --robot. */
  readonly robot: string | null;
  readonly id: string | null;
  /** The daemons that match. */
  readonly daemons: readonly DaemonFile[];
}

/** The selection of the flags. Throws E_USAGE. */
export function daemonSelection(flags: { readonly robot?: string; readonly id?: string }): DaemonSelection {
  return { robot: flags.robot ?? null, id: parseRobotId(flags.id) };
}

/** The daemons that run with this data directory and match the selection. Throws the errors of the configuration. */
export async function selectDaemons(
  { configure }: Pick<CommonOptions, 'configure'>,
  { robot: wanted, id }: DaemonSelection,
): Promise<SelectedDaemons> {
  const { config, robot: spec } = await configure(wanted === null ? {} : { robot: wanted });
  const dataDirectory = config.data.directory;
  const robot = wanted === null ? null : (spec?.name ?? wanted);
  const named = runningDaemons(dataDirectory).filter((daemon) => robot === null || daemon.robot === robot);
  const daemons = id === null ? named : named.filter((daemon) => daemon.id === id);
  return { dataDirectory, robot, id, daemons };
}

/** The one daemon of a selection; null: none. Throws E_USAGE with all of them when there are several. */
export function oneDaemon({ daemons }: Pick<SelectedDaemons, 'daemons'>): DaemonFile | null {
  const [daemon = null, ...others] = daemons;
  if (others.length === 0) return daemon;
  const names = daemons.map(({ robot, id, pid }) => `${robotKey(robot, id)} (process ${pid})`);
  throw new SoftqdError('E_USAGE', `several robots run: ${names.join(', ')}`, {
    hint: 'Choose one with --robot NAME, and with --id NAME where its robot file is used by several.',
    values: { robots: daemons.map(({ robot, id }) => robotKey(robot, id)) },
  });
}

/** The error of a selection without a daemon. */
export function noDaemonError({ robot, id, dataDirectory }: SelectedDaemons, hint: string): SoftqdError {
  const what = robot === null ? 'no softqd run' : `no softqd run of ${robotKey(robot, id)}`;
  return new SoftqdError('E_NO_DAEMON', `${what} with data directory ${dataDirectory}`, {
    hint,
    values: { robot, id, dataDirectory },
  });
}
