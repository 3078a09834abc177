import { cell, isUnicodeLocale, printable, styleFor, type CliIo, type Panel, type Style } from '../../cli/index.ts';

type Row = Readonly<Record<string, unknown>>;

/** What `setup` shows: a question, a line that says where it looks, what became of the joint. */
export function setupPanel(io: CliIo): Panel {
  const style = styleFor(io.stdout, io.env);
  const unicode = isUnicodeLocale(io.env) && io.stdout.isTerminal;
  let looking: string | null = null;
  return {
    handle: (event) => {
      if (event['event'] === 'scanning') {
        looking = `  scanning at ${cell(event['baudRate'])} baud`;
        return [];
      }
      looking = null;
      switch (event['event']) {
        case 'found':
          return [];
        case 'ask':
          return [`${style.bold(unicode ? '▸' : '>')} ${style.bold(printable(cell(event['text'])))}`];
        case 'trouble':
          return [style.yellow(`  ${printable(cell(event['text']))}`), `  ${printable(cell(event['hint']))}`];
        case 'joint':
          return [jointLine(event, style)];
        case 'done':
          return doneLines(event, style);
        default:
          return null;
      }
    },
    liveLines: () => (looking === null ? [] : [style.dim(looking)]),
  };
}

function jointLine(event: Row, style: Style): string {
  const before = event['before'] as Row;
  const written = event['written'] as string[];
  const now = `id ${cell(event['id'])} at ${cell(event['baudRate'])} baud`;
  const text =
    written.length === 0
      ? `${now} already configured`
      : `${now} (was ID ${cell(before['id'])} at ${cell(before['baudRate'])} baud), verified`;
  return style.green(printable(`  ${cell(event['joint'])}: ${cell(event['model'])}, ${text}`));
}

function doneLines(event: Row, style: Style): string[] {
  const joints = event['joints'] as string[];
  const robot = cell(event['robot']);
  if (joints.length === 1) return [];
  return [
    style.green(`Configured ${joints.length} servos of ${printable(robot)}.`),
    printable(
      `Connect the servos in a chain from base to gripper, then run: softqd doctor --robot ${robot} --driver ${cell(event['body'])}`,
    ),
  ];
}
