import { Argument, type Command } from 'commander';
import { addCommonFlags, commonOptions, type CommandRunner, type CommonFlags } from '../../cli/index.ts';
import { commandWords } from './command-words.ts';
import { SHELLS, type CompletionOptions, type CompletionResult } from './types.ts';

export function addCompletion(program: Command, host: CommandRunner): void {
  const command = program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action(async (shell: CompletionOptions['shell'], flags: CommonFlags) =>
      host.execute<CompletionResult>({
        json: flags.json === true,
        display: { kind: 'results', print: ({ script }) => script },
        run: async (ui) => {
          const { completionCommand } = await import('./completion.ts');
          return completionCommand({ ...commonOptions({ flags }, host, ui), shell, words: commandWords(program) }, ui);
        },
      }),
    );
  addCommonFlags(command, [
    'softqd completion bash > ~/.local/share/bash-completion/completions/softqd',
    'softqd completion zsh > ~/.softqd-completion.zsh    # and: source ~/.softqd-completion.zsh in ~/.zshrc',
    'softqd completion fish > ~/.config/fish/completions/softqd.fish',
  ]);
}
