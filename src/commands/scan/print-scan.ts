import { cell, printable, table, type Panel } from '../../cli/index.ts';

type Result = Readonly<Record<string, unknown>>;

function list(value: unknown): readonly Result[] {
  return Array.isArray(value) ? (value as Result[]) : [];
}

/** What `scan` found: a table a port and baud rate. */
export function renderScan(result: Result): string {
  const parts = list(result['ports']).map((port) => {
    const title = `${cell(port['path'])}, ${cell(port['protocol'])}`;
    const error = port['error'] as Result | null;
    if (error !== null) return `${title}: ${cell(error['message'])}\n`;
    const rates = list(port['rates']);
    if (rates.length === 0)
      return `${title}: no servos found
`;
    return rates.map((rate) => `${title}, ${cell(rate['baudRate'])} baud\n${servoTable(rate)}`).join('');
  });
  return printable(parts.join(''));
}

function servoTable(rate: Result): string {
  const rows = list(rate['servos']).map((servo) => [
    `  ${cell(servo['id'])}`,
    cell(servo['model']),
    cell(servo['firmware']),
    servo['voltageV'] === null ? '-' : `${cell(servo['voltageV'])} V`,
    servo['temperatureC'] === null ? '-' : `${cell(servo['temperatureC'])} C`,
    list(servo['faults']).length === 0 ? 'ok' : `fault: ${(servo['faults'] as string[]).join(', ')}`,
  ]);
  const unclear = list(rate['unclear']).map((odd) => `  ${cell(odd['id'])}  ${cell(odd['detail'])}\n`);
  const head = ['  id', 'model', 'firmware', 'supply', 'heat', 'state'];
  return `${rows.length === 0 ? '' : table([head, ...rows])}${unclear.join('')}`;
}

/** While it looks: one line that says where. */
export function scanPanel(): Panel {
  let line: string | null = null;
  return {
    handle: (event) => {
      if (event['event'] !== 'scanning') {
        line = null;
        return null;
      }
      const { path, protocol, baudRate, asked, of } = event as Record<string, unknown>;
      line = `${cell(path)}, ${cell(protocol)}, ${cell(baudRate)} baud: ID ${Number(asked) + 1} of ${cell(of)}`;
      return [];
    },
    liveLines: () => (line === null ? [] : [printable(line)]),
  };
}
