import type { CliIo, Output } from '../output.ts';

type Paint = (text: string) => string;

/** Colors of one output; each returns its text unchanged when the output has no color. */
export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly yellow: Paint;
  readonly green: Paint;
  readonly cyan: Paint;
}

/** Color only on a terminal, never with NO_COLOR (no-color.org) or TERM=dumb. */
export function styleFor(output: Output, env: CliIo['env']): Style {
  const noColor = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return makeStyle(output.isTerminal && !noColor);
}

export function makeStyle(color: boolean): Style {
  const paint =
    (on: number, off: number): Paint =>
    (text) =>
      color && text !== '' ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    yellow: paint(33, 39),
    green: paint(32, 39),
    cyan: paint(36, 39),
  };
}

/** Whether drawings may use characters beyond ASCII: the locale is UTF-8. */
export function isUnicodeLocale(env: CliIo['env']): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return /utf-?8/i.test(locale) && env['TERM'] !== 'dumb' && env['TERM'] !== 'linux';
}
