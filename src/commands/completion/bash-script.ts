import type { CommandWords, FlagValues } from './types.ts';

/** A completion script for bash, also for zsh with its bashcompinit. Words are names of commands, flags, robots, tasks: no quoting. */
export function bashScript(commands: readonly CommandWords[], values: FlagValues): string {
  const groups = commands.filter(({ path, subcommands }) => path !== '' && subcommands.length > 0);
  return `_softqd() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} place= candidates=
  if [ "$COMP_CWORD" -gt 1 ]; then place=\${COMP_WORDS[1]}; fi
  case "$place" in
    ${groups.map(({ path }) => path).join('|')})
      if [ "$COMP_CWORD" -gt 2 ]; then place="$place \${COMP_WORDS[2]}"; fi ;;
  esac
  case "$previous" in
${[...values].map(([flag, names]) => `    ${flag}) candidates="${names.join(' ')}" ;;`).join('\n')}
    *)
      case "$place" in
${commands.map((command) => `        "${command.path}") candidates="${wordsOf(command).join(' ')}" ;;`).join('\n')}
      esac
      case "$place:$current" in
${groups.map(({ path }) => `        ${path}:*) ;;`).join('\n')}
        :*|*:-*) ;;
        *) candidates= ;;
      esac ;;
  esac
  COMPREPLY=( $(compgen -W "$candidates" -- "$current") )
}
complete -o default -F _softqd softqd
`;
}

/** The same for zsh. */
export function zshScript(commands: readonly CommandWords[], values: FlagValues): string {
  return `autoload -Uz compinit bashcompinit
(( $+functions[compdef] )) || compinit
bashcompinit
${bashScript(commands, values)}`;
}

function wordsOf({ subcommands, flags }: CommandWords): readonly string[] {
  return subcommands.length > 0 ? [...subcommands, '--help'] : flags.map(({ flag }) => flag);
}
