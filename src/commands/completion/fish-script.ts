import type { CommandWords, FlagValues, FlagWords } from './types.ts';

/** A completion script for fish. */
export function fishScript(commands: readonly CommandWords[], values: FlagValues): string {
  const lines = commands.flatMap((command) =>
    command.subcommands.length > 0
      ? command.subcommands.map((name) => subcommandLine(command, name, commands))
      : command.flags.map((flag) => flagLine(command.path, flag, values)),
  );
  return `${lines.join('\n')}\n`;
}

function subcommandLine({ path, subcommands }: CommandWords, name: string, commands: readonly CommandWords[]): string {
  const full = `${path} ${name}`.trim();
  const description = commands.find((command) => command.path === full)?.description ?? '';
  const condition =
    path === ''
      ? '__fish_use_subcommand'
      : `__fish_seen_subcommand_from ${path}; and not __fish_seen_subcommand_from ${subcommands.join(' ')}`;
  return `complete -c softqd -f -n ${quoted(condition)} -a ${name} -d ${quoted(description)}`;
}

function flagLine(path: string, { flag, description, takesValue }: FlagWords, values: FlagValues): string {
  const condition = path
    .split(' ')
    .map((word) => `__fish_seen_subcommand_from ${word}`)
    .join('; and ');
  const names = values.get(flag);
  const value = names !== undefined ? ` -x -a ${quoted(names.join(' '))}` : takesValue ? ' -r' : '';
  return `complete -c softqd -n ${quoted(condition)} -l ${flag.slice(2)}${value} -d ${quoted(description)}`;
}

/** A string of fish in single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
