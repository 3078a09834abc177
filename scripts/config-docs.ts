/**
 * Writes docs/configuration.md and config/default.json5 from the schema: node --import tsx scripts/config-docs.ts
 * A test compares both files with this output.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import JSON5 from 'json5';
import prettier from 'prettier';
import { describeRange } from '../src/base/ranges.ts';
import { CONFIG_KEYS, environmentName, SCHEMA, type ConfigKey } from '../src/config/schema.ts';

const root = new URL('../', import.meta.url);
export const PAGE = fileURLToPath(new URL('docs/configuration.md', root));
export const DEFAULTS = fileURLToPath(new URL('config/default.json5', root));

/** Settings of preset `default`: their values are defined only there. */
function presetValues(): Readonly<Record<string, unknown>> {
  const text = readFileSync(new URL('config/presets/default.json5', root), 'utf8');
  const preset = JSON5.parse<{ learner: Record<string, unknown> }>(text);
  return Object.fromEntries(Object.entries(preset.learner).map(([name, value]) => [`learner.${name}`, value]));
}

/** The text of config/default.json5: every setting that no preset defines, with its documentation. */
export async function defaultsFile(): Promise<string> {
  const preset = presetValues();
  const sections = new Map<string, string[]>();
  for (const key of CONFIG_KEYS) {
    if (Object.hasOwn(preset, key) || key.startsWith('task.')) continue;
    const [section, name] = key.split('.') as [string, string];
    const lines = sections.get(section) ?? [];
    sections.set(section, lines);
    lines.push(
      `// ${SCHEMA[key].doc}`,
      `// ${allowedText(key)}.`,
      `${name}: ${JSON5.stringify(SCHEMA[key].default)},`,
      '',
    );
  }
  const body = [...sections].map(([section, lines]) => `${section}: {\n${lines.join('\n')}},\n`).join('');
  const text = [
    '// Every setting that no preset states, with its default. Written from src/config/schema.ts by scripts/config-docs.ts.',
    '// Your own settings go into a file of yours that holds only what differs: softqd ... --config my.json5',
    `{\n${body}}\n`,
  ].join('\n');
  return prettier.format(text, {
    ...(await prettier.resolveConfig(DEFAULTS)),
    parser: 'json5',
    quoteProps: 'as-needed',
  });
}

/** The text of docs/configuration.md. */
export function configurationPage(): string {
  const preset = presetValues();
  const sections = new Map<string, ConfigKey[]>();
  for (const key of CONFIG_KEYS) {
    const section = key.slice(0, key.indexOf('.'));
    sections.set(section, [...(sections.get(section) ?? []), key]);
  }
  const tables = [...sections].map(
    ([section, keys]) => `## ${section}\n\n${HEAD}${keys.map((key) => row(key, preset)).join('')}`,
  );
  return `${INTRODUCTION}\n${tables.join('\n')}`;
}

const HEAD = '| setting | default | allowed | what it is |\n| --- | --- | --- | --- |\n';

function row(key: ConfigKey, preset: Readonly<Record<string, unknown>>): string {
  const { doc, requiresRestart, affectsRunHash, sensitive } = SCHEMA[key];
  const stated = Object.hasOwn(preset, key);
  const value = code(stated ? preset[key] : SCHEMA[key].default);
  const marks = [
    affectsRunHash ? '' : 'May change on resume.',
    sensitive === true ? 'Never printed.' : '',
    `Restart: ${requiresRestart}.`,
  ];
  const text = [doc, ...marks].filter((part) => part !== '').join(' ');
  return `| \`${key}\` <br> \`${environmentName(key)}\` | ${value}${stated ? ' (preset)' : ''} | ${escape(allowedText(key))} | ${escape(text)} |\n`;
}

function allowedText(key: ConfigKey): string {
  const { range, unit } = SCHEMA[key];
  const text = describeRange(range);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${unit === null ? '' : ` (${unit})`}`;
}

const code = (value: unknown): string => `\`${JSON5.stringify(value)}\``;
const escape = (text: string): string => text.replaceAll('|', '\\|');

const INTRODUCTION = `# Settings

<!-- Written from src/config/schema.ts by scripts/config-docs.ts; a test holds it to the schema. -->

Every setting has one place in the schema: its default, unit, range, environment variable and whether a run's identity depends on it.
\`softqd config show\` prints each effective value and where it came from; \`softqd config check FILE\` lists everything that is wrong with a file.

Later ones override earlier ones:

1. defaults: [config/default.json5](../config/default.json5)
2. preset: \`config/presets/<name>.json5\`, chosen by \`learner.preset\` or \`--preset\`
3. robot: \`config/robots/<robot>/robot.json5\`, sections beside \`robot\`
4. task: \`config/robots/<robot>/tasks/<task>.json5\`; its \`learner\` section counts under preset \`default\` only.
   What a preset states under \`tasks.<task>\` comes right after the task file
5. your file: \`--config FILE\` (JSON5)
6. environment: \`SOFTQD_...\`, empty ones are ignored
7. flags: \`--set key=value\`, and flags that stand for a setting (\`--rate\`, \`--data\`, \`--engine\`, ...)

Relative paths mean: beside the file that states them; for flags and variables, below the working directory. \`~/\` is the home directory.
A list in a flag or a variable is written \`128,128\` or \`[128,128]\`. An unknown key, a wrong type or a value out of range stops the program
before anything moves, with the file, the line and the nearest known key. An unknown \`SOFTQD_\` variable only gives a warning.

"(preset)" = the default stands in config/presets/default.json5. "May change on resume" = not part of a run's identity.
"Restart" = what must be started again before a change counts; nothing is read again while it runs.
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(DEFAULTS, await defaultsFile());
  writeFileSync(PAGE, configurationPage());
}
