import {
  isUnicodeLocale,
  printable,
  stoppedText,
  styleFor,
  table,
  type CliIo,
  type Panel,
  type Style,
} from '../../cli/index.ts';
import type { RangeRow } from '../../commissioning/index.ts';
import type { CalibrateCommandEvent, CalibrateDone } from './types.ts';

type EventOf<Name extends CalibrateCommandEvent['event']> = Extract<CalibrateCommandEvent, { event: Name }>;

const BAR_COLUMNS = 24;
const STEPS_PER_TURN = 4096;
/** A joint with this coverage is drawn as complete. */
const COMPLETE_COVERAGE = 0.85;

/** What `calibrate` displays: prompts and results as lines, below them the live table of the joints. */
export function calibratePanel(io: CliIo): Panel<CalibrateCommandEvent> {
  const style = styleFor(io.stdout, io.env);
  const unicode = isUnicodeLocale(io.env) && io.stdout.isTerminal;
  let rows: readonly RangeRow[] = [];
  return {
    handle: (event) => {
      switch (event.event) {
        case 'calibration':
          return [printable(event.text)];
        case 'prompt':
          return [`${style.bold(unicode ? '▸' : '>')} ${style.bold(printable(event.text))}`];
        case 'range':
          rows = event.joints;
          return [];
        case 'differences':
          return differenceLines(event.differences);
        case 'written':
          return [...finalTable(), writtenLine(event)];
        case 'stopped':
          return [...finalTable(), printable(stoppedText(event))];
        case 'motion':
          return [printable(event.text)];
        case 'direction':
          return [directionLine(event, style)];
        case 'done':
          return [...finalTable(), ...doneLines(event, style)];
      }
    },
    liveLines: () => (rows.length === 0 ? [] : rangeTable(rows, style, unicode)),
  };
  /** The live table becomes text that stays. */
  function finalTable(): string[] {
    const last = rows.length === 0 ? [] : rangeTable(rows, style, unicode);
    rows = [];
    return last;
  }
}

function rangeTable(rows: readonly RangeRow[], style: Style, unicode: boolean): string[] {
  const cells = rows.map((row) => [
    printable(row.name),
    String(row.minimumSteps).padStart(5),
    String(row.presentSteps).padStart(5),
    String(row.maximumSteps).padStart(5),
    row.continuous ? 'continuous' : `${Math.round(100 * row.coverage)} %`.padStart(5),
    bar(row, unicode),
  ]);
  const lines = table([['joint', '  min', '  now', '  max', 'coverage', ''], ...cells])
    .trimEnd()
    .split('\n');
  return lines.map((line, i) => {
    const row = rows[i - 1];
    if (row === undefined) return style.dim(line);
    return row.coverage >= COMPLETE_COVERAGE ? style.green(line) : line;
  });
}

/** One turn of the servo: the range covered so far, and the present position. */
function bar({ minimumSteps, presentSteps, maximumSteps }: RangeRow, unicode: boolean): string {
  const column = (steps: number): number =>
    Math.max(0, Math.min(BAR_COLUMNS - 1, Math.floor((steps / STEPS_PER_TURN) * BAR_COLUMNS)));
  const [low, now, high] = [column(minimumSteps), column(presentSteps), column(maximumSteps)];
  const [outside, covered, present] = unicode ? ['·', '━', '●'] : ['.', '=', 'o'];
  return Array.from({ length: BAR_COLUMNS }, (_, i) =>
    i === now ? present : i >= low && i <= high ? covered : outside,
  ).join('');
}

function differenceLines(differences: EventOf<'differences'>['differences']): string[] {
  if (differences.length === 0) return ['The servos already have this calibration.'];
  const rows = differences.map(({ joint, id, register, servo, file }) => [
    `  ${joint} (servo ${id})`,
    register,
    `servo ${servo ?? '-'}`,
    `file ${file}`,
  ]);
  return ['Calibration file and servos differ:', ...printable(table(rows)).trimEnd().split('\n')];
}

function writtenLine({ joint, id, registers }: EventOf<'written'>): string {
  const result = registers.length === 0 ? 'nothing to write' : `wrote ${registers.join(', ')} (verified)`;
  return printable(`${joint} (servo ${id}): ${result}`);
}

function directionLine({ joint, commanded, measured, seen }: EventOf<'direction'>, style: Style): string {
  const text = printable(`  ${joint}: commanded ${commanded.toFixed(3)}, measured ${measured.toFixed(3)}`);
  return seen === false ? style.red(`${text}, not as expected`) : style.green(text);
}

function doneLines({ robot, written, file, sha256, directionsVerified }: CalibrateDone, style: Style): string[] {
  return [
    style.green(
      printable(
        `Calibrated: ${robot}, ${written} registers written${directionsVerified ? ', directions verified' : ''}.`,
      ),
    ),
    `${printable(file)}  sha256 ${sha256.slice(0, 12)}`,
  ];
}
