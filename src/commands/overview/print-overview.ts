import { nextSteps, printable, table } from '../../cli/index.ts';
import { robotKey } from '../../robot/robot-id.ts';
import type { SerialPortInfo } from '../../serial/index.ts';
import { runText } from '../runs/print-runs.ts';
import type { OverviewResult } from './types.ts';

/** What `softqd` without a command prints. */
export function printOverview(result: OverviewResult): string {
  const { ports, running, calibrated, runs, runsTotal, next } = result;
  const more = runsTotal > runs.length ? `the newest ${runs.length} of ${runsTotal}; softqd runs list shows all` : '';
  const rows = [
    ...section('serial ports', ports.length === 0 ? ['none plugged in'] : ports.map(portText)),
    ...section(
      'running',
      running.map(({ robot, id, pid }) => `${robotKey(robot, id)} (process ${pid})`),
    ),
    ...section(
      'calibrated',
      calibrated.map(({ robot, id, file }) => (robot === null ? file : robotKey(robot, id))),
    ),
    ...section('runs', runs.length === 0 ? ['none yet'] : [...runs.map(runText), ...(more === '' ? [] : [more])]),
  ];
  return printable(`${table(rows)}\nNext:\n${nextSteps(next)}\n\nsoftqd --help lists all commands.\n`);
}

/** Rows with the name of the section in the first. */
function section(name: string, lines: readonly string[]): string[][] {
  return lines.map((line, i) => [i === 0 ? name : '', line]);
}

function portText({ path, what, openers, permitted }: SerialPortInfo): string {
  const access = permitted ? '' : ', no permission';
  const users = openers.length === 0 ? '' : `, in use by process ${openers.map(({ pid }) => pid).join(', ')}`;
  return `${path}${what === null ? '' : ` (${what})`}${users}${access}`;
}
