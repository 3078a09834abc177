import { SoftqdError } from '../../base/errors.ts';

const LINE_LENGTH = 120;

/** JSON5 as the robot files are written: unquoted keys, single quotes, what fits on a line on one. Keys that are undefined are left out. */
export function json5Text(value: unknown, indent = ''): string {
  const line = inline(value);
  if (line.length + indent.length <= LINE_LENGTH && !(isObject(value) && indent.length < 4)) return line;
  const inner = `${indent}  `;
  if (Array.isArray(value))
    return `[\n${value.map((each: unknown) => `${inner}${json5Text(each, inner)},\n`).join('')}${indent}]`;
  if (!isObject(value)) return line;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return `{\n${entries.map(([key, each]) => `${inner}${keyText(key)}: ${json5Text(each, inner)},\n`).join('')}${indent}}`;
}

/** A comment of one line. */
export function json5Comment(text: string): string {
  return `// ${text.replace(/[\r\n\u2028\u2029]/g, ' ')}`;
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (isObject(value)) {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    return entries.length === 0
      ? '{}'
      : `{ ${entries.map(([key, each]) => `${keyText(key)}: ${inline(each)}`).join(', ')} }`;
  }
  if (typeof value === 'number') return decimal(value);
  return typeof value === 'string' ? quoted(value) : String(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function keyText(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key);
}

/** Every digit that matters; -0 is 0. */
function decimal(value: number): string {
  if (!Number.isFinite(value)) throw new SoftqdError('E_ROBOT_FILE', `${value} is not a valid number`);
  return String(value + 0);
}

function quoted(text: string): string {
  const escaped = JSON.stringify(text)
    .slice(1, -1)
    .replace(/\\"/g, '"')
    .replace(/'/g, "\\'")
    .replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
  return `'${escaped}'`;
}
