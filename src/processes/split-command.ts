import { SoftqdError } from '../base/errors.ts';

/**
 * The words of a command that is started without a shell. Spaces separate words. '...' is taken literally; in "..." a backslash escapes
 * " and \; outside of quotes a backslash escapes any character. Nothing else is special: variables, patterns and pipes are plain text.
 * Throws E_USAGE for an empty command and for a quote or backslash at which nothing follows.
 */
export function splitCommand(command: string): readonly [string, ...string[]] {
  const words: string[] = [];
  let word: string | null = null;
  let quote: '"' | "'" | null = null;
  for (let i = 0; i < command.length; i++) {
    const character = command[i]!;
    const escapes =
      character === '\\' && (quote === null || (quote === '"' && ['"', '\\'].includes(command[i + 1] ?? '')));
    if (escapes) {
      i += 1;
      if (i === command.length) throw invalidCommand(command, 'ends with a backslash');
      word = (word ?? '') + command[i]!;
    } else if (quote !== null) {
      if (character === quote) quote = null;
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + character;
  }
  if (quote !== null) throw invalidCommand(command, `has no closing ${quote}`);
  if (word !== null) words.push(word);
  const [program, ...others] = words;
  if (program === undefined || program === '') throw invalidCommand(command, 'is empty');
  return [program, ...others];
}

function invalidCommand(command: string, problem: string): SoftqdError {
  return new SoftqdError('E_USAGE', `the simulator command ${problem}: ${command}`, {
    hint: "It is started without a shell: words are separated by spaces, '...' and \"...\" quote. For a shell pass sh -c '...'.",
    values: { command },
  });
}
