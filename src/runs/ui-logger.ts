import type { Logger } from '../base/logger.ts';
import type { CommandUi } from './command-ui.ts';

const REPEAT_SUPPRESSION_MS = 10_000;
const MAX_REMEMBERED_MESSAGES = 64;

/** Messages of drivers and links go to the user interface; the same text is repeated after ten seconds at the earliest. */
export function uiLogger(ui: Pick<CommandUi, 'info'>, nowMs: () => number = () => performance.now()): Logger {
  const reportedMs = new Map<string, number>();
  const report = (message: string): void => {
    const now = nowMs();
    if (now - (reportedMs.get(message) ?? -Infinity) < REPEAT_SUPPRESSION_MS) return;
    reportedMs.delete(message);
    reportedMs.set(message, now);
    for (const oldest of reportedMs.keys()) {
      if (reportedMs.size <= MAX_REMEMBERED_MESSAGES) break;
      reportedMs.delete(oldest);
    }
    ui.info(message);
  };
  return { debug: () => undefined, info: report, warning: report, error: report };
}
