import { afterEvent, doneText, runEventText, runLiveLine, withNote, type WatchDisplay } from '../../cli/index.ts';
import type { DemoEvent } from './types.ts';

/** The full-screen view of `demo`; without a terminal its events as lines. */
export function demoDisplay(robot: string, task: string): WatchDisplay<DemoEvent> {
  return {
    kind: 'watch',
    robot,
    task,
    liveLine: runLiveLine,
    text: (event) => (event.event === 'done' ? doneText(event) : runEventText(event)),
    update: (state, event) => (event.event === 'done' ? withNote(state, doneText(event)) : afterEvent(state, event)),
  };
}
