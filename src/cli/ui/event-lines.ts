import type { CommandEvent, ProgressEvent, StatusEvent } from '../../runs/index.ts';
import { objectRows, shortNumber, table } from './table.ts';

type Result = Readonly<Record<string, unknown>>;

/** Whether an object that a command reports is one of its events, and not a result. */
export function isCommandEvent(value: CommandEvent | Result): value is CommandEvent {
  return typeof value['event'] === 'string';
}

/** Steps, rates, return, temperature, lateness: the line that is rewritten while it learns; in short words when `columns` are few. */
export function progressLine(event: ProgressEvent, columns = Infinity): string {
  const { step, stepsTotal: total } = event;
  const line = (short: boolean): string =>
    [
      total === undefined ? `step ${step}` : `step ${step}/${total}${short ? '' : ` (${percent(step, total)} %)`}`,
      `${rate(event.stepsPerS)}${short ? '' : ' steps'}/s`,
      `${rate(event.updatesPerS)} ${short ? 'upd' : 'updates'}/s`,
      `return ${shortNumber(event.return)}`,
      `alpha ${shortNumber(event.alpha)}`,
      ...(typeof event.latenessP99Us === 'number' ? [`late p99 ${rate(event.latenessP99Us)} us`] : []),
    ].join('  ');
  const long = line(false);
  return long.length <= columns ? long : line(true);
}

/** The same for a robot that runs in real time. */
export function statusLine(event: StatusEvent): string {
  const { latenessUs } = event as Partial<StatusEvent>;
  return [
    event.state,
    `${shortNumber(event.ticks)} ticks`,
    `${shortNumber(event.rateHz)} Hz`,
    `return ${shortNumber(event.return)}`,
    `policy ${shortNumber(event.policyVersion)}`,
    `late p99 ${shortNumber(latenessUs?.p99)} us`,
    `skipped ${shortNumber(event.skipped)}`,
  ].join('  ');
}

/** Any other event as one line, or null for those that are only drawn. */
export function eventLine(event: CommandEvent): string | null {
  switch (event.event) {
    case 'progress':
      return progressLine(event);
    case 'status':
      return statusLine(event);
    case 'joints':
      return null;
    case 'started':
      return `run ${event.run}${event.learnerPid === null ? '' : ` (learner process ${event.learnerPid})`}`;
    case 'listening':
      return `listening on ${event.url}${[event.robot, event.mode].map((word) => (word === undefined ? '' : `, ${word}`)).join('')}`;
    case 'evaluation':
      return `step ${event.step}: evaluation (${event.mode}) mean ${shortNumber(event.mean)}, std ${shortNumber(event.std)}, ${event.episodes} episodes`;
    case 'solved':
      return `solved after ${event.step} steps, ${shortNumber(event.wallS)} s`;
    case 'phase':
      return event.text;
    case 'done':
      return `done\n${table(
        objectRows(event)
          .slice(1)
          .map((row) => ['', ...row]),
      ).trimEnd()}`;
    default:
      return objectRows(event)
        .map((row) => row.join(' '))
        .join(', ');
  }
}

function percent(part: number, whole: number): number {
  return Math.floor((100 * part) / Math.max(1, whole));
}

function rate(value: number): string {
  return Number.isFinite(value) ? (value >= 10 ? value.toFixed(0) : value.toFixed(1)) : '-';
}
