import type { CommandFunction } from '../../cli/index.ts';
import {
  damagedPlaceText,
  damageText,
  expandLogPaths,
  exportLog,
  isDamaged,
  logInfo,
  recoverLog,
  type DamageCounts,
  type LogInfo,
} from '../../experience/index.ts';
import type { CommandUi } from '../../runs/index.ts';
import { logPaths } from '../run-files.ts';
import type { LogExportDone, LogExportOptions, LogInfoOptions, LogRecovered, LogRecoverOptions } from './types.ts';

/** `softqd log info`: the contents of a log. */
export const logInfoCommand: CommandFunction<LogInfoOptions, LogInfo> = async (options, ui) => {
  const info = await logInfo(await logPaths(options.files, options));
  ui.event(info);
  for (const place of info.damagedPlaces) ui.info(`warning: ${damagedPlaceText(place)}`);
  return 0;
};

/** `softqd log export`: exit 1 when corrupt records were skipped, unless the caller allows it. */
export const logExportCommand: CommandFunction<LogExportOptions, LogExportDone> = async (options, ui) => {
  const { format, out, allowDamaged } = options;
  const files = await logPaths(options.files, options);
  const result = await exportLog({ files, format, out });
  ui.event({ event: 'done', ...result, out });
  if (!isDamaged(result.damaged)) return 0;
  warnSkipped(ui, files.join(' '), result.damaged);
  if (!allowDamaged) ui.info('exit 1 because records are missing; pass --allow-damaged to accept that');
  return allowDamaged ? 0 : 1;
};

/** `softqd log recover`: writes all complete records to a new file; the original is only read. */
export const logRecoverCommand: CommandFunction<LogRecoverOptions, LogRecovered> = async (options, ui) => {
  for (const file of await expandLogPaths(await logPaths(options.files, options))) {
    const out = options.out ?? file.replace(/(\.mcap)?$/, '.recovered.mcap');
    const result = await recoverLog(file, out);
    ui.event({ event: 'recovered', file, out, ...result });
    if (isDamaged(result.damaged)) warnSkipped(ui, file, result.damaged);
  }
  return 0;
};

function warnSkipped(ui: Pick<CommandUi, 'info'>, file: string, damaged: DamageCounts): void {
  ui.info(`warning: ${file} contains ${damageText(damaged)}; skipped`);
}
