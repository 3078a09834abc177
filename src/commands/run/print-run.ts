import { doneText, runEventText, runLiveLine, type ProgressDisplay } from '../../cli/index.ts';
import type { RunCommandEvent } from './types.ts';

export const runDisplay: ProgressDisplay<RunCommandEvent> = {
  kind: 'progress',
  liveLine: runLiveLine,
  text: (event) => (event.event === 'done' ? doneText(event) : runEventText(event)),
};
