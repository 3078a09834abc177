import type { CommandUi } from '../runs/index.ts';
import type { UiConfig } from '../config/index.ts';
import type { Display } from './display.ts';
import type { CliIo } from './output.ts';

/** A CommandUi of the command line: it is configured once the configuration is loaded, and closed at the end. */
export interface TerminalUi<Event> extends CommandUi<Event> {
  readonly applySettings: (settings: UiConfig) => void;
  /** Restores the terminal (cursor, last frame); called once, also after an error. */
  readonly close: () => void;
}

/** One invocation of a command. `Event` is everything that it reports. */
export interface CommandSpec<Event extends object> {
  /** Print every event as one line of JSON instead of using `display`. */
  readonly json: boolean;
  readonly display: Display<Event>;
  /** Runs the command; returns the exit code or throws. */
  run(ui: TerminalUi<Event>): Promise<number>;
}

/** Runs commands in a process, or in a test. */
export interface CommandRunner {
  readonly io: CliIo;
  execute<Event extends object>(spec: CommandSpec<Event>): Promise<void>;
}

/** What a command does: returns the exit code, or throws a SoftqdError that has one. */
export type CommandFunction<Options, Event> = (options: Options, ui: CommandUi<Event>) => Promise<number>;
