import {
  cell,
  isUnicodeLocale,
  printable,
  styleFor,
  table,
  type CliIo,
  type Panel,
  type Style,
} from '../../cli/index.ts';

type Row = Readonly<Record<string, unknown>>;

const BAR = 24;
const TURN = 4096;

/** What `calibrate` shows: questions and what was done as lines, below them the live table of the joints. */
export function calibratePanel(io: CliIo): Panel {
  const style = styleFor(io.stdout, io.env);
  const unicode = isUnicodeLocale(io.env) && io.stdout.isTerminal;
  let rows: readonly Row[] = [];
  return {
    handle: (event) => {
      const text = printable(cell(event['text'] ?? ''));
      switch (event['event']) {
        case 'calibration':
          return [text];
        case 'ask':
          return [`${style.bold(unicode ? '▸' : '>')} ${style.bold(text)}`];
        case 'range':
          rows = event['joints'] as Row[];
          return [];
        case 'differences':
          return differenceLines(event['differences'] as Row[]);
        case 'written':
          return [...finalTable(), writtenLine(event)];
        case 'done':
          return [...finalTable(), ...doneLines(event, style)];
        default:
          return null;
      }
    },
    liveLines: () => (rows.length === 0 ? [] : rangeTable(rows, style, unicode)),
  };
  /** The live table has served: it stays above as it was last. */
  function finalTable(): string[] {
    const last = rows.length === 0 ? [] : rangeTable(rows, style, unicode);
    rows = [];
    return last;
  }
}

function rangeTable(rows: readonly Row[], style: Style, unicode: boolean): string[] {
  const cells = rows.map((row) => [
    printable(cell(row['name'])),
    cell(row['minimumSteps']).padStart(5),
    cell(row['presentSteps']).padStart(5),
    cell(row['maximumSteps']).padStart(5),
    row['continuous'] === true ? 'turns' : `${Math.round(100 * Number(row['seen']))} %`.padStart(5),
    bar(row, unicode),
  ]);
  const lines = table([['joint', '  min', '  now', '  max', ' seen', ''], ...cells])
    .trimEnd()
    .split('\n');
  return lines.map((line, i) => {
    if (i === 0) return style.dim(line);
    return Number(rows[i - 1]!['seen']) >= 0.85 ? style.green(line) : line;
  });
}

/** A turn of the servo: what was passed, and where it is now. */
function bar({ minimumSteps, presentSteps, maximumSteps }: Row, unicode: boolean): string {
  const at = (steps: unknown): number => Math.max(0, Math.min(BAR - 1, Math.floor((Number(steps) / TURN) * BAR)));
  const [low, now, high] = [at(minimumSteps), at(presentSteps), at(maximumSteps)];
  const [rest, seen, here] = unicode ? ['·', '━', '●'] : ['.', '=', 'o'];
  return Array.from({ length: BAR }, (_, i) => (i === now ? here : i >= low && i <= high ? seen : rest)).join('');
}

function differenceLines(differences: readonly Row[]): string[] {
  if (differences.length === 0) return ['The servos already have this calibration.'];
  const rows = differences.map((row) => [
    `  ${cell(row['joint'])} (servo ${cell(row['id'])})`,
    cell(row['register']),
    `servo ${row['servo'] === null ? '-' : cell(row['servo'])}`,
    `file ${cell(row['file'])}`,
  ]);
  return ['Calibration file and servos differ:', ...printable(table(rows)).trimEnd().split('\n')];
}

function writtenLine(event: Row): string {
  const registers = event['registers'] as string[];
  const what = registers.length === 0 ? 'nothing to write' : `wrote ${registers.join(', ')} (verified)`;
  return printable(`${cell(event['joint'])} (servo ${cell(event['id'])}): ${what}`);
}

function doneLines(event: Row, style: Style): string[] {
  return [
    style.green(`Calibrated: ${cell(event['robot'])}, ${cell(event['written'])} registers written, torque off.`),
    `${printable(cell(event['file']))}  sha256 ${cell(event['sha256']).slice(0, 12)}`,
  ];
}
