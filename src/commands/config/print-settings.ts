import { cell, table } from '../../cli/index.ts';

type Result = Readonly<Record<string, unknown>>;

/** What `config show` says to people: one line a setting, then what there is to choose from. */
export function renderSettings(result: Result): string {
  const settings = result['settings'] as Result[];
  const rows = settings.map((entry) => [
    cell(entry['key']),
    exact(entry['value']),
    cell(entry['unit'] ?? ''),
    cell(entry['source']),
    cell(entry['allowed']),
  ]);
  const robots = (result['robots'] as Result[]).map(
    (entry) => `${cell(entry['robot'])} (${(entry['tasks'] as string[]).join(', ') || 'no tasks'})`,
  );
  const note = result['reproducibleNote'];
  return [
    table([['setting', 'value', 'unit', 'from', 'allowed'], ...rows]),
    '\n',
    table([
      ['robots', robots.join(', ')],
      ['presets', (result['presets'] as string[]).join(', ')],
      ['repeatable', note === null ? 'yes (same seed, same bytes; lock-step)' : `no: ${cell(note)}`],
    ]),
  ].join('');
}

/** Settings are shown exactly, not rounded. */
function exact(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
