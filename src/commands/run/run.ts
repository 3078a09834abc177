import { randomUUID } from 'node:crypto';
import { sha256Hex } from '../../base/digest-adapter.ts';
import { EXIT_INTERRUPTED, STOP_KEYS_TEXT, type CommandFunction } from '../../cli/index.ts';
import { serveControl } from '../../api/index.ts';
import {
  createRun,
  driverUrlText,
  isHardware,
  parseDriverUrl,
  realTimeRun,
  resolveRobotAndTask,
  verifiedSnapshot,
} from '../../runs/index.ts';
import { requireHardwareRun } from './hardware.ts';
import { logPaths, policyPath } from '../run-files.ts';
import { readUserFile } from '../user-file.ts';
import { runPlayback } from './playback.ts';
import type { RunCommandEvent, RunOptions } from './types.ts';

/** `softqd run`: runs a robot or a simulator in real time, logs every transition and, with --learn, learns in another process. */
export const runCommand: CommandFunction<RunOptions, RunCommandEvent> = async (options, ui) => {
  const loaded = await options.configure();
  const { robot } = loaded;
  const rateHz = loaded.config.control.rateHz ?? (robot === null ? 1 : 1 / robot.controlPeriodS);
  // Holding times of tasks and limits per step depend on the actual control rate.
  const selected = resolveRobotAndTask(
    robot === null ? loaded : { ...loaded, robot: { ...robot, controlPeriodS: 1 / rateHz } },
  );
  const address = options.driverUrl ?? loaded.config.simulator.url;
  const driverUrl = address === null ? null : parseDriverUrl(address);
  const policy =
    options.policyFile === null ? null : readUserFile(await policyPath(options.policyFile, options), 'policy');
  if (driverUrl?.kind === 'playback') {
    const [file] = await logPaths([driverUrl.file], options);
    return runPlayback({ options, loaded, file: file!, policy }, ui);
  }
  if (policy !== null) verifiedSnapshot(policy, selected.identity);
  if (isHardware(driverUrl)) await requireHardwareRun(options, selected, { rateHz, ui });
  const run = createRun(selected, {
    command: 'run',
    mode: 'real-time',
    seed: 0,
    simulators: 1,
    parentPolicySha256: policy === null ? null : sha256Hex(policy),
    unique: randomUUID(),
  });
  let removeKeys = options.stopKeys(ui.stops);
  if (removeKeys !== null) ui.info(STOP_KEYS_TEXT);
  const result = await realTimeRun({
    selected,
    run,
    policy,
    learn: options.learn,
    driverUrl,
    robotId: options.robotId,
    durationS: options.durationS,
    rateHz,
    ui,
    mode: 'sample',
    confirmClear: async (refusal) => {
      if (options.confirm === null) return false;
      removeKeys?.();
      const cleared = await options.confirm(`${refusal.message}. Clear it? Its cause must be removed.`, ui.signal);
      removeKeys = options.stopKeys(ui.stops);
      return cleared;
    },
    serve: (daemon) =>
      serveControl({
        ...{ daemon, run: run.path, isHardware: isHardware(driverUrl), info: (text: string) => ui.info(text) },
        driver: driverUrl === null ? null : driverUrlText(driverUrl),
        dataDirectory: loaded.config.data.directory,
        group: loaded.config.api.group,
      }),
  }).finally(() => removeKeys?.());
  const { interrupted, ...numbers } = result;
  ui.event({ event: 'done', ...numbers, run: run.path, log: run.logDirectory });
  return interrupted ? EXIT_INTERRUPTED : 0;
};
