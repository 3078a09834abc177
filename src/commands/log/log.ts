import { exportLog, logInfo, recoverLog } from '../../experience/index.ts';
import type { CommandFunction, LogExportOptions, LogInfoOptions, LogRecoverOptions } from '../../runs/index.ts';

/** `softqd log info`. */
export const logInfoCommand: CommandFunction<LogInfoOptions> = async (options, ui) => {
  const info = await logInfo(options.files);
  ui.event({ ...info });
  return 0;
};

/** `softqd log export`. */
export const logExportCommand: CommandFunction<LogExportOptions> = async (options, ui) => {
  const result = await exportLog({ files: options.files, format: options.format, out: options.out });
  ui.event({ event: 'done', ...result, out: options.out });
  return 0;
};

/** `softqd log recover`: what is whole goes to a new file; the original is never touched. */
export const logRecoverCommand: CommandFunction<LogRecoverOptions> = async (options, ui) => {
  for (const file of options.files) {
    const out = options.out ?? file.replace(/(\.mcap)?$/, '.recovered.mcap');
    const result = await recoverLog(file, out);
    ui.event({ event: 'recovered', file, out, ...result });
  }
  return 0;
};
