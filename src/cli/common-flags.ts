import type { Command } from 'commander';
import { SoftqdError } from '../base/errors.ts';
import { loadConfig, type LoadedConfig } from '../config/index.ts';
import { parseSettings } from './arguments.ts';
import type { CommandRunner, TerminalUi } from './host.ts';

/** Flags that every command has. */
export interface CommonFlags {
  readonly json?: true;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly data?: string;
}

/** A flag that sets a configuration key, e.g. `--rate` for `control.rateHz`. */
interface KeyFlag {
  readonly flag: string;
  readonly key: string;
  readonly value: string | number | undefined;
}

/** The robot and task that a command turned out to need, e.g. those of a policy file. */
interface Selection {
  readonly robot?: string | undefined;
  readonly task?: string | undefined;
}

/** The options that every command has. */
export interface CommonOptions {
  /**
   * Loads the effective configuration with the flags of this invocation (--config, --set, --data and the flags that set keys), for the
   * robot and task of the selection or of the flags. Throws E_CONFIG, E_CONFIG_UNKNOWN_KEY, E_CONFIG_VALUE, E_ROBOT_UNKNOWN,
   * E_ROBOT_FILE, E_TASK_UNKNOWN.
   */
  readonly configure: (selection?: Selection) => Promise<LoadedConfig>;
  readonly json: boolean;
}

export const ROBOT_FLAG_HELP = 'robot name (a directory in config/robots/) or a path';

/** The flag of commands that connect to one of several physical robots of a type; its value is for parseRobotId. */
export function addRobotIdFlag(command: Command): Command {
  return command.option('--id <name>', 'name of this robot where there are several of its type: calibration and lock');
}

/** Adds the flags and examples that every command has. */
export function addCommonFlags(command: Command, examples: readonly string[]): Command {
  return command
    .option('--json', 'print JSON Lines on stdout')
    .option('--config <file>', 'settings file (JSON5)')
    .option('--set <key=value>', 'one setting; may be repeated', collectValues)
    .option('--data <dir>', 'data directory for runs (default: XDG state directory)')
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}\n`);
}

interface CommonSetup {
  readonly flags: CommonFlags;
  readonly keyFlags?: readonly KeyFlag[];
  readonly robot?: string | undefined;
  readonly task?: string | undefined;
}

/** The options of every command. Throws E_USAGE when --set is malformed or sets the same key as another flag. */
export function commonOptions(setup: CommonSetup, host: CommandRunner, ui: TerminalUi<never>): CommonOptions {
  const keys = flagSettings(setup);
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

/** All settings of the command line, by dotted key. Throws E_USAGE when a key is set twice. */
function flagSettings({ flags, keyFlags = [] }: CommonSetup): Record<string, string | number> {
  const settings: Record<string, string | number> = parseSettings(flags.set ?? []);
  for (const { flag, key, value } of [...keyFlags, { flag: '--data', key: 'data.directory', value: flags.data }]) {
    if (value === undefined) continue;
    if (Object.hasOwn(settings, key)) {
      throw new SoftqdError('E_USAGE', `${flag} and --set ${key} set the same key`, { hint: 'Remove one of them.' });
    }
    settings[key] = value;
  }
  return settings;
}

/** The values of a flag that may be repeated, for commander. */
export function collectValues(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}
