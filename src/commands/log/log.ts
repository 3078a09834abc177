import type { CommandFunction } from '../../cli/index.ts';
import { exportLog, logInfo, recoverLog, type LogInfo } from '../../experience/index.ts';
import type { LogExportDone, LogExportOptions, LogInfoOptions, LogRecovered, LogRecoverOptions } from './types.ts';

/** `softqd log info`: the contents of a log. */
export const logInfoCommand: CommandFunction<LogInfoOptions, LogInfo> = async (options, ui) => {
  ui.event(await logInfo(options.files));
  return 0;
};

/** `softqd log export`: the transitions of a log in another format. */
export const logExportCommand: CommandFunction<LogExportOptions, LogExportDone> = async (options, ui) => {
  const result = await exportLog({ files: options.files, format: options.format, out: options.out });
  ui.event({ event: 'done', ...result, out: options.out });
  return 0;
};

/** `softqd log recover`: writes all complete records to a new file; the original is only read. */
export const logRecoverCommand: CommandFunction<LogRecoverOptions, LogRecovered> = async (options, ui) => {
  for (const file of options.files) {
    const out = options.out ?? file.replace(/(\.mcap)?$/, '.recovered.mcap');
    const result = await recoverLog(file, out);
    ui.event({ event: 'recovered', file, out, ...result });
  }
  return 0;
};
