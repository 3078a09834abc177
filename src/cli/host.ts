import type { CommandUi } from '../daemon/index.ts';
import type { UiConfig } from '../config/index.ts';
import type { CliIo } from './output.ts';

/** How a command shows itself to people: results only, a live line, or the full view of `softqd start`. */
export type Look = 'results' | 'progress' | 'watch';

/** A CommandUi that the command line owns: it can be tuned once the configuration is known, and closed. */
export interface TerminalUi extends CommandUi {
  applySettings(settings: UiConfig): void;
  /** Gives the terminal back (cursor, last frame); called once, also after an error. */
  close(): void;
}

export interface CommandPlan {
  readonly json: boolean;
  readonly look: Look;
  /** The robot that a drawing shows, and what it does. */
  readonly robot?: string;
  readonly task?: string;
  /** How a result object reads for people; without it results are printed as JSON. */
  readonly render?: (result: Readonly<Record<string, unknown>>) => string;
  run(ui: TerminalUi): Promise<number>;
}

/** What the commands get from main: a place to run in. */
export interface CommandHost {
  readonly io: CliIo;
  execute(plan: CommandPlan): Promise<void>;
}
