import type { CommandUi } from '../runs/index.ts';
import type { UiConfig } from '../config/index.ts';
import type { CliIo } from './output.ts';

/** How a command shows itself to people: results only, a live line, the full view of `softqd demo`, or lines of its own that are rewritten in place. */
export type DisplayMode = 'results' | 'progress' | 'watch' | 'panel';

/** A CommandUi that the command line owns: it can be tuned once the configuration is known, and closed. */
export interface TerminalUi extends CommandUi {
  applySettings(settings: UiConfig): void;
  /** Gives the terminal back (cursor, last frame); called once, also after an error. */
  close(): void;
}

/** What a command with the look `panel` makes of its events. */
export interface Panel {
  /** Takes an event that is one of the command's own: lines to print and leave there, maybe none. Null: shown as usual. */
  handle(event: Readonly<Record<string, unknown>>): readonly string[] | null;
  /** What stands below these lines now and is rewritten in place; only a terminal shows it. */
  liveLines(): readonly string[];
}

export interface CommandSpec {
  readonly json: boolean;
  readonly display: DisplayMode;
  /** The robot that a drawing shows, and what it does. */
  readonly robot?: string;
  readonly task?: string;
  /** How a result object reads for people; without it results are printed as JSON. */
  readonly render?: (result: Readonly<Record<string, unknown>>) => string;
  /** For the look `panel`. */
  readonly panel?: Panel;
  run(ui: TerminalUi): Promise<number>;
}

/** What the commands get from main: a place to run in. */
export interface CommandRunner {
  readonly io: CliIo;
  execute(plan: CommandSpec): Promise<void>;
}
