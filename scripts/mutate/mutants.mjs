/** What is changed, one at a time: [pattern, replacements]. Operators are matched with the spaces of a formatted file, so that types are not. */
const CHANGES = [
  [/ < /g, [' <= ', ' >= ']],
  [/ <= /g, [' < ', ' > ']],
  [/ > /g, [' >= ', ' <= ']],
  [/ >= /g, [' > ', ' < ']],
  [/ === /g, [' !== ']],
  [/ !== /g, [' === ']],
  [/ == /g, [' != ']],
  [/ != /g, [' == ']],
  [/ && /g, [' || ']],
  [/ \|\| /g, [' && ']],
  [/ \+ /g, [' - ']],
  [/ - /g, [' + ']],
  [/ \* /g, [' / ']],
  [/ \/ /g, [' * ']],
  [/ \?\? /g, [' && ']],
  [/ \| (?=[a-z])(?!(null|undefined|number|string)\b)/g, [' & ']],
  [/\bMath\.min\b/g, ['Math.max']],
  [/\bMath\.max\b/g, ['Math.min']],
  [/\btrue\b/g, ['false']],
  [/\bfalse\b/g, ['true']],
  [/(?<=[(=,:?] ?)-(?=[A-Za-z(])/g, ['']],
  [/!(?=[a-zA-Z(])(?<![a-zA-Z\])]!)/g, ['']],
];
const NUMBER = /(?<![\w.'"])(\d+(?:\.\d+)?(?:e-?\d+)?)(f?)(?![\w.'"])/g;

/** Every change of one comparison, constant or operator of a TypeScript or C source: where, and the changed text. */
export function mutantsOf(source) {
  const code = blankOut(source);
  const mutants = [];
  const add = (start, end, to) => {
    const line = source.slice(0, start).split('\n').length;
    const text = source.slice(0, start) + to + source.slice(end);
    mutants.push({ line, from: source.slice(start, end).trim(), to: to.trim(), text });
  };
  for (const [pattern, replacements] of CHANGES) {
    for (const { index, 0: found } of code.matchAll(pattern)) {
      for (const to of replacements) add(index, index + found.length, to);
    }
  }
  for (const { index, 0: found, 1: digits, 2: suffix } of code.matchAll(NUMBER)) {
    add(index, index + found.length, `${Number(digits) === 0 ? 1 : Number(digits) * 2}${suffix}`);
  }
  return mutants.sort((a, b) => a.line - b.line);
}

/** The source with comments, strings, imports and types as spaces, so that nothing in them is changed. */
function blankOut(source) {
  const blank = (text) => text.replace(/[^\n]/g, ' ');
  return source
    .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, blank)
    .replace(/^import[\s\S]*?;$/gm, blank)
    .replace(/^(export )?interface [\s\S]*?^\}/gm, blank)
    .replace(/^(export )?type [\s\S]*?;$/gm, blank)
    .replace(/^#(include|ifndef|define|endif|ifdef)[^\n]*/gm, blank)
    .replace(/'[^'\n]*'|"[^"\n]*"|`[^`]*`/g, blank);
}
