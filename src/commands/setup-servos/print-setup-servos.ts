import { isUnicodeLocale, printable, styleFor, type CliIo, type Panel, type Style } from '../../cli/index.ts';
import type { AssignedServo } from '../../commissioning/index.ts';
import type { SetupDone, SetupServosEvent } from './types.ts';

/** What `setup-servos` displays: prompts, the baud rate that is scanned, and the result for each joint. */
export function setupServosPanel(io: CliIo): Panel<SetupServosEvent> {
  const style = styleFor(io.stdout, io.env);
  const unicode = isUnicodeLocale(io.env) && io.stdout.isTerminal;
  let scanLine: string | null = null;
  return {
    handle: (event) => {
      scanLine = event.event === 'scanning' ? `  scanning at ${event.baudRate} baud` : null;
      switch (event.event) {
        case 'scanning':
        case 'found':
          return [];
        case 'prompt':
          return [`${style.bold(unicode ? '▸' : '>')} ${style.bold(printable(event.text))}`];
        case 'problem':
          return [style.yellow(`  ${printable(event.text)}`), `  ${printable(event.hint)}`];
        case 'servo':
          return [servoLine(event, style)];
        case 'done':
          return doneLines(event, style);
      }
    },
    liveLines: () => (scanLine === null ? [] : [style.dim(scanLine)]),
  };
}

function servoLine({ joint, id, model, baudRate, before, written }: AssignedServo, style: Style): string {
  const now = `ID ${id} at ${baudRate} baud`;
  const text =
    written.length === 0
      ? `${now}, already configured`
      : `${now} (was ID ${before.id} at ${before.baudRate} baud), verified`;
  return style.green(printable(`  ${joint}: ${model}, ${text}`));
}

function doneLines({ robot, id, driver, joints }: SetupDone, style: Style): string[] {
  const idFlag = id === null ? '' : ` --id ${id}`;
  if (joints.length === 1) return [];
  return [
    style.green(printable(`Configured ${joints.length} servos of ${robot}.`)),
    printable(
      `Connect the servos in a chain from base to gripper, then run: softqd doctor --robot ${robot}${idFlag} --driver ${driver}`,
    ),
  ];
}
