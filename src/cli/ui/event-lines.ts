import type { ProgressEvent, RunEvent, StatusEvent, StoppedEvent } from '../../runs/index.ts';
import { objectRows, shortNumber, table } from './table.ts';

/** The live line of a run: its latest progress or status; null for every other event. */
export function runLiveLine(event: RunEvent | { readonly event: 'done' }, columns: number): string | null {
  switch (event.event) {
    case 'progress':
      return progressLine(event, columns);
    case 'status':
      return statusLine(event);
    default:
      return null;
  }
}

/** An event of a run as one line; null: it is only drawn. */
export function runEventText(event: RunEvent): string | null {
  switch (event.event) {
    case 'progress':
      return progressLine(event, Infinity);
    case 'status':
      return statusLine(event);
    case 'joints':
      return null;
    case 'started':
      return startedText(event);
    case 'listening':
      return `listening on ${event.url}, ${event.robot}, ${event.mode}`;
    case 'evaluation':
      return `step ${event.step}: evaluation (${event.mode}) mean ${shortNumber(event.mean)}, std ${shortNumber(event.std)}, ${event.episodes} episodes${successText(event)}`;
    case 'solved':
      return `solved after ${event.step} steps, ${shortNumber(event.wallS)} s`;
    case 'phase':
      return event.text;
    case 'stopped':
      return stoppedText(event);
  }
}

function startedText({ run, learnerPid, resumedFromStep }: RunEvent & { readonly event: 'started' }): string {
  const resumed = resumedFromStep === undefined ? '' : `, resumed from step ${resumedFromStep}`;
  return `run ${run}${learnerPid === null ? '' : ` (learner process ${learnerPid})`}${resumed}`;
}

function successText({ successes, episodes }: RunEvent & { readonly event: 'evaluation' }): string {
  return typeof successes === 'number' ? `, ${successCountText(successes, episodes)}` : '';
}

/** `41 of 50 succeeded (82 %)`. */
export function successCountText(successes: number, episodes: number): string {
  return `${successes} of ${episodes} succeeded (${percent(successes, episodes)} %)`;
}

/** `45 s`, `12 min`, `3 h 05 min`. */
function durationText(seconds: number): string {
  if (seconds < 100) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** What the joints do after a stop. */
export function stoppedText({ robot, parked, text }: StoppedEvent): string {
  const where = parked === null ? '' : parked ? ' in its rest pose' : ' before its rest pose';
  return `${robot} stopped${where}: ${text.join('; ')}`;
}

/** The end of a run: every field of its result in a row. */
export function doneText({ event, ...result }: { readonly event: 'done' }): string {
  return `${event}\n${table(objectRows(result).map((row) => ['', ...row])).trimEnd()}`;
}

/** Steps, rates, return, alpha and lateness; in short words where `columns` are few. */
function progressLine(event: ProgressEvent, columns: number): string {
  const { step, stepsTotal: total } = event;
  const line = (short: boolean): string =>
    [
      total === undefined ? `step ${step}` : `step ${step}/${total}${short ? '' : ` (${percent(step, total)} %)`}`,
      `${rate(event.stepsPerS)}${short ? '' : ' steps'}/s`,
      `${rate(event.updatesPerS)} ${short ? 'upd' : 'updates'}/s`,
      `return ${shortNumber(event.return)}`,
      ...(typeof event.successRate === 'number' ? [`success ${percent(event.successRate, 1)} %`] : []),
      `alpha ${shortNumber(event.alpha)}`,
      ...(typeof event.latenessP99Us === 'number' ? [`late p99 ${rate(event.latenessP99Us)} us`] : []),
      ...(typeof event.remainingS === 'number' ? [`${durationText(event.remainingS)} left`] : []),
    ].join('  ');
  const long = line(false);
  return long.length <= columns ? long : line(true);
}

/** State, ticks, rate, return, policy version and lateness. */
function statusLine(event: StatusEvent): string {
  return [
    event.state,
    `${event.ticks} ticks`,
    `${shortNumber(event.rateHz)} Hz`,
    `return ${shortNumber(event.return)}`,
    `policy ${event.policyVersion}`,
    `late p99 ${shortNumber(event.latenessUs.p99)} us`,
    `skipped ${event.skipped}`,
  ].join('  ');
}

function percent(count: number, total: number): number {
  return Math.floor((100 * count) / Math.max(1, total));
}

function rate(value: number): string {
  return Number.isFinite(value) ? (value >= 10 ? value.toFixed(0) : value.toFixed(1)) : '-';
}
