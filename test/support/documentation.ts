import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** One command of a page, as it is written there, without prompt and comment. */
export interface DocumentedCommand {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

function trackedFiles(...patterns: readonly string[]): string[] {
  const flags = ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...patterns];
  return execFileSync('git', flags, { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
}

/** The pages whose commands are tested. */
export function documentationPages(): string[] {
  return trackedFiles('*.md').filter((file) => file !== 'CHANGELOG.md');
}

/** The commands in the blocks of a page that are marked `sh`; a line that ends in \ continues. */
export function commandsOf(file: string): DocumentedCommand[] {
  const commands: DocumentedCommand[] = [];
  let inBlock = false;
  let continued = '';
  readFileSync(join(ROOT, file), 'utf8')
    .split('\n')
    .forEach((line, index) => {
      if (line.startsWith('```')) inBlock = !inBlock && line === '```sh';
      else if (inBlock && line.endsWith('\\')) continued += `${line.slice(0, -1).trim()} `;
      else if (inBlock) {
        const text = withoutComment(continued + line.trim());
        continued = '';
        if (text !== '') commands.push({ file, line: index + 1, text });
      }
    });
  return commands;
}

function withoutComment(line: string): string {
  return line.replace(/(^|\s+)# .*$/, '').replace(/^\$ /, '');
}

/** Commands of softqd in backticks: in the text of pages, in comments and messages of the source. */
export function mentionsOf(file: string): DocumentedCommand[] {
  return readFileSync(join(ROOT, file), 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(/`(softqd [a-z][^`]*)`/g)].map(([, text = '']) => ({ file, line: index + 1, text })),
    )
    .filter(({ text }) => !/\$\{|\|/.test(text));
}

/** The source files in which commands are mentioned. */
export function sourceFiles(): string[] {
  return trackedFiles('src/**/*.ts', 'bench/**/*.ts').filter((file) => !file.includes('generated'));
}

/** The arguments of softqd in a command line, without a redirection of its output, or null when it does not run softqd. */
export function softqdArguments(text: string): string[] | null {
  const words = shellWords(
    text
      .split(' | ')
      .at(-1)!
      .replace(/ > \S+$/, ''),
  );
  const start = words[0] === 'npx' ? 1 : 0;
  return words[start] === 'softqd' ? words.slice(start + 1) : null;
}

/** The words of a shell command: quotes are removed, without expansion. */
export function shellWords(text: string): string[] {
  return [...text.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, (_all, single?: string, double?: string) => single ?? double ?? ''),
  );
}
