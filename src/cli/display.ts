import type { WatchState } from './watch/watch-state.ts';

/** How the events of a command are displayed when they are not printed as JSON. */
export type Display<Event> = ResultsDisplay<Event> | ProgressDisplay<Event> | WatchDisplay<Event> | PanelDisplay<Event>;

/** Every event is printed. */
export interface ResultsDisplay<Event> {
  readonly kind: 'results';
  /** The event as text, with its final newline. Text from files or the network must be made printable. */
  readonly print: (event: Event) => string;
}

/** Two forms of an event: one line that is rewritten, or text that stays. */
export interface LineFormat<Event> {
  /** The line that is rewritten, shortened where `columns` are few; null: the event is printed as `text`. */
  readonly liveLine: (event: Event, columns: number) => string | null;
  /** Text without its final newline; null: not printed. */
  readonly text: (event: Event) => string | null;
}

/** A live line on a terminal; elsewhere a line every few seconds. */
export interface ProgressDisplay<Event> extends LineFormat<Event> {
  readonly kind: 'progress';
}

/** The full-screen view of a terminal; elsewhere as ProgressDisplay. */
export interface WatchDisplay<Event> extends LineFormat<Event> {
  readonly kind: 'watch';
  /** The robot to draw. */
  readonly robot: string;
  readonly task: string;
  /** The state of the view after an event. */
  readonly update: (state: WatchState, event: Event) => WatchState;
}

/** Lines of a command that are rewritten in place. */
interface PanelDisplay<Event> {
  readonly kind: 'panel';
  readonly panel: Panel<Event>;
}

export interface Panel<Event> {
  /** Returns the lines to print above the live lines; they stay. */
  handle(event: Event): readonly string[];
  /** The lines that are rewritten in place, on a terminal only. */
  liveLines(): readonly string[];
}
