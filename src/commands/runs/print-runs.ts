import { printable, shortNumber, table } from '../../cli/index.ts';
import type { StoredRun } from '../../runs/index.ts';
import type { RunsDeleteResult, RunsListResult } from './types.ts';

/** The result of `runs list`: a row for each run. */
export function printRuns({ directory, runs }: RunsListResult): string {
  if (runs.length === 0) return printable(`no runs in ${directory}\n`);
  const header = ['id', 'command', 'preset', 'state', 'policy', 'return', 'size'];
  return printable(table([header, ...runs.map(rowOf)]));
}

/** One run in a line: ID, latest evaluation, whether it runs or has a policy. */
export function runText({ id, pid, policy, evaluation }: StoredRun): string {
  const parts = [
    ...(pid === null ? [] : [`running (process ${pid})`]),
    ...(policy === null ? ['no policy'] : []),
    ...(evaluation === null ? [] : [`return ${evaluationText(evaluation)}`]),
  ];
  return parts.length === 0 ? id : `${id}  ${parts.join(', ')}`;
}

/** The result of `runs delete`. */
export function printDeleted({ deleted, bytes }: RunsDeleteResult): string {
  return printable(`deleted ${deleted.join(', ')} (${sizeText(bytes)})\n`);
}

function rowOf({ id, file, pid, policy, evaluation, bytes }: StoredRun): string[] {
  return [
    id,
    file?.command ?? 'damaged: no readable run.json',
    file?.preset ?? '-',
    pid === null ? 'ended' : `process ${pid}`,
    policy === null ? '-' : 'yes',
    evaluation === null ? '-' : evaluationText(evaluation),
    sizeText(bytes),
  ];
}

function evaluationText({ mean, step }: NonNullable<StoredRun['evaluation']>): string {
  return `${shortNumber(mean)} at step ${step}`;
}

/** `812 B`, `4.2 kB`, `31 MB`. */
export function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const value = bytes / 1000 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : value.toFixed(0)} ${units[power]!}`;
}
