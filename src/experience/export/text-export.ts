import { open } from 'node:fs/promises';
import { SoftqdError } from '../../base/errors.ts';
import type { Transition } from '../../robot/transition.ts';
import { diskError } from '../log/disk-errors.ts';
import { csvHeader, csvLine, transitionRow } from './table.ts';

const WRITE_CHARACTERS = 1 << 18;

/** Turns a transition into a line; may return lines to write before it. */
type ToLines = (transition: Transition) => string;

/** One JSON object per line. */
export function jsonLines(): ToLines {
  return (transition) => `${JSON.stringify(transitionRow(transition))}\n`;
}

/** CSV with a header. Throws E_LOG_FILE when transitions of other sizes follow: one table has one set of columns. */
export function csvLines(): ToLines {
  let sizes: { observation: number; action: number } | null = null;
  return (transition) => {
    const { observation, proposedAction, appliedAction, nextObservation } = transition;
    let header = '';
    if (sizes === null) {
      sizes = { observation: observation.length, action: appliedAction.length };
      header = `${csvHeader(sizes.observation, sizes.action)}\n`;
    }
    const fits =
      observation.length === sizes.observation &&
      nextObservation.length === sizes.observation &&
      appliedAction.length === sizes.action &&
      proposedAction.length === sizes.action;
    if (!fits) {
      throw new SoftqdError(
        'E_LOG_FILE',
        `transition ${transition.sequence} of session ${transition.sessionUuid} has a different observation or action size than the previous ones`,
        {
          hint: 'Export runs of different tasks apart, or as jsonl.',
          values: { sequence: transition.sequence, sessionUuid: transition.sessionUuid },
        },
      );
    }
    return `${header}${csvLine(transition)}\n`;
  };
}

/** Writes lines to `out` (replacing it); returns how many transitions. Throws E_DISK. */
export async function writeLines(
  transitions: AsyncIterable<Transition>,
  out: string,
  toLines: ToLines,
): Promise<number> {
  let count = 0;
  try {
    const handle = await open(out, 'w');
    try {
      let waiting = '';
      for await (const transition of transitions) {
        waiting += toLines(transition);
        count += 1;
        if (waiting.length < WRITE_CHARACTERS) continue;
        await handle.writeFile(waiting);
        waiting = '';
      }
      await handle.writeFile(waiting);
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    throw diskError(thrown, out);
  }
  return count;
}
