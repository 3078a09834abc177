import { printable, table } from '../../cli/index.ts';
import type { ConfigCheckResult, ConfigShowResult } from './types.ts';

/** The result of `config show` as text: one line a setting, then the available robots and presets. */
export function printConfig({ settings, robots, presets, reproducibleNote }: ConfigShowResult): string {
  const rows = settings.map(({ key, value, unit, source, allowed }) => [
    key,
    exactText(value),
    unit ?? '',
    source,
    allowed,
  ]);
  const robotNames = robots.map(({ robot, tasks }) => `${robot} (${tasks.join(', ') || 'no tasks'})`);
  const sections = [
    table([['setting', 'value', 'unit', 'from', 'allowed'], ...rows]),
    table([
      ['robots', robotNames.join(', ')],
      ['presets', presets.join(', ')],
      [
        'reproducible',
        reproducibleNote === null ? 'yes (same seed, same bytes; lock-step)' : `no: ${reproducibleNote}`,
      ],
    ]),
  ];
  return printable(sections.join('\n'));
}

/** `config check` of a right file: what hardware still needs, on lines of its own. */
export function printConfigCheck({ warnings }: ConfigCheckResult): string {
  const missing = warnings.length === 0 ? '' : `For hardware:\n${warnings.map((text) => `  - ${text}\n`).join('')}`;
  return printable(`Configuration OK.\n${missing}`);
}

/** Settings are printed exactly, not rounded. */
function exactText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
