import type { Logger } from '../base/logger.ts';
import type { CommandUi } from './command-ui.ts';

const REPEAT_SUPPRESSION_MS = 10_000;
const MAX_REMEMBERED_MESSAGES = 64;

/** What a body or a link says goes to the person as notes; the same text is said again after ten seconds at the earliest. */
export function uiLogger(ui: Pick<CommandUi, 'info'>, nowMs: () => number = () => performance.now()): Logger {
  const saidMs = new Map<string, number>();
  const say = (message: string): void => {
    const now = nowMs();
    if (now - (saidMs.get(message) ?? -Infinity) < REPEAT_SUPPRESSION_MS) return;
    saidMs.delete(message);
    saidMs.set(message, now);
    for (const oldest of saidMs.keys()) {
      if (saidMs.size <= MAX_REMEMBERED_MESSAGES) break;
      saidMs.delete(oldest);
    }
    ui.info(message);
  };
  return { debug: () => undefined, info: say, warning: say, error: say };
}
