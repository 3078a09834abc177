import { doneText, runEventText, runLiveLine, type ProgressDisplay } from '../../cli/index.ts';
import type { PretrainEvent } from './types.ts';

export const pretrainDisplay: ProgressDisplay<PretrainEvent> = {
  kind: 'progress',
  liveLine: runLiveLine,
  text: (event) => (event.event === 'done' ? doneText(event) : runEventText(event)),
};
