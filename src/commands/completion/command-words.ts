import type { Command } from 'commander';
import type { CommandWords } from './types.ts';

/** Commands, their subcommands and flags, as the program defines them; softqd itself first. */
export function commandWords(program: Command, path = ''): CommandWords[] {
  const words: CommandWords = {
    path,
    description: program.description(),
    subcommands: program.commands.map((command) => command.name()),
    flags: [
      ...program.options.map(({ long, description, required, optional }) => ({
        ...{ flag: long ?? '', description, takesValue: required || optional },
      })),
      { flag: '--help', description: 'flags and examples', takesValue: false },
    ],
  };
  return [words, ...program.commands.flatMap((command) => commandWords(command, `${path} ${command.name()}`.trim()))];
}
