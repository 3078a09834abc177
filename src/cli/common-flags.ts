import type { Command } from 'commander';
import { SoftqdError } from '../base/errors.ts';
import { loadConfig } from '../config/index.ts';
import type { CommonOptions } from '../runs/index.ts';
import { parseSettings } from './arguments.ts';
import type { CommandRunner, TerminalUi } from './host.ts';

/** Flags that every command has. */
export interface CommonFlags {
  readonly json?: true;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly data?: string;
}

/** A flag that stands for a setting, e.g. `--rate` for `control.rateHz`. */
export interface KeyFlag {
  readonly flag: string;
  readonly key: string;
  readonly value: string | number | undefined;
}

export function addCommonFlags(command: Command, examples: readonly string[]): Command {
  return command
    .option('--json', 'print JSON Lines on stdout')
    .option('--config <file>', 'settings file (JSON5)')
    .option('--set <key=value>', 'one setting; may be repeated', collect)
    .option('--data <dir>', 'data directory for runs (default: XDG state directory)')
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}\n`);
}

export interface CommonSetup {
  readonly flags: CommonFlags;
  readonly keyFlags?: readonly KeyFlag[];
  readonly robot?: string | undefined;
  readonly task?: string | undefined;
}

/** The options every daemon function takes. Throws E_USAGE when --set is malformed or repeats another flag. */
export function commonOptions(setup: CommonSetup, host: CommandRunner, ui: TerminalUi): CommonOptions {
  const keys = settingsOf(setup);
  return {
    json: setup.flags.json === true,
    configure: async (selection) => {
      const loaded = await loadConfig({
        flags: keys,
        env: host.io.env,
        file: setup.flags.config,
        robot: selection?.robot ?? setup.robot,
        task: selection?.task ?? setup.task,
      });
      ui.applySettings(loaded.config.ui);
      for (const warning of loaded.warnings) ui.info(`warning: ${warning}`);
      return loaded;
    },
  };
}

/** All settings the command line states, by dotted key. Throws E_USAGE when one is stated twice. */
export function settingsOf({ flags, keyFlags = [] }: CommonSetup): Record<string, unknown> {
  const settings: Record<string, unknown> = parseSettings(flags.set ?? []);
  for (const { flag, key, value } of [...keyFlags, { flag: '--data', key: 'data.directory', value: flags.data }]) {
    if (value === undefined) continue;
    if (Object.hasOwn(settings, key)) {
      throw new SoftqdError('E_USAGE', `${flag} and --set ${key} set the same key`, {
        hint: 'Keep one of the two.',
      });
    }
    settings[key] = value;
  }
  return settings;
}

function collect(text: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), text];
}
