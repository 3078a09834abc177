import type { CommonOptions } from '../../cli/index.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export interface CompletionOptions extends CommonOptions {
  readonly shell: (typeof SHELLS)[number];
  readonly words: readonly CommandWords[];
}

export interface CompletionResult {
  readonly shell: (typeof SHELLS)[number];
  readonly script: string;
}

/** What can follow a command. */
export interface CommandWords {
  /** `run`, or `log info`; '' for softqd itself. */
  readonly path: string;
  readonly description: string;
  readonly subcommands: readonly string[];
  readonly flags: readonly FlagWords[];
}

export interface FlagWords {
  readonly flag: string;
  readonly description: string;
  /** Whether a value follows. */
  readonly takesValue: boolean;
}

/** The words that a flag takes as its value. Flags without an entry take files. */
export type FlagValues = ReadonlyMap<string, readonly string[]>;
