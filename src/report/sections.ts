import { lineChart, type ChartSeries } from './line-chart.ts';
import { escapeHtml, exactNumber, formatDuration, formatNumber } from './html.ts';
import type { CurveRow } from '../runs/index.ts';
import type { ReportData } from './report-data.ts';

/** Modes in the order of the report, each with its color; others follow. */
const MODE_COLORS: Readonly<Record<string, 1 | 2 | 3 | 4>> = { best: 1, sample: 2, zero: 3 };
/** Rows of the table; more are thinned out evenly. */
const MAX_ROWS = 300;

export function tiles({ curve, log }: ReportData): string {
  const last = curve[curve.length - 1];
  const newest = newestEvaluations(curve);
  const steps = log?.transitions ?? last?.step ?? 0;
  const list: [string, string][] = newest.map((row) => [
    `${exactNumber(row.mean)} <small>± ${formatNumber(row.std, 3)}</small>`,
    `return of ${row.mode}, step ${formatNumber(row.step)}`,
  ]);
  list.push([formatNumber(steps), 'steps'], [formatNumber(log?.episodes ?? last?.episode ?? 0), 'episodes']);
  if (last?.updates != null) list.push([formatNumber(last.updates), `updates, step ${formatNumber(last.step)}`]);
  if (last?.wallS != null) list.push([formatDuration(last.wallS), 'of wall time, to the last evaluation']);
  if (log !== null) list.push([formatNumber(log.clippedSteps), 'steps altered by the guard']);
  return `<div class="tiles">${list.map(([value, label]) => `<div class="tile"><b>${value}</b><span>${escapeHtml(label)}</span></div>`).join('')}</div>`;
}

function newestEvaluations(curve: readonly CurveRow[]): CurveRow[] {
  const step = curve[curve.length - 1]?.step;
  return byMode(curve).flatMap(([, rows]) => rows.filter((row) => row.step === step));
}

function byMode(curve: readonly CurveRow[]): [string, CurveRow[]][] {
  const modes = new Map<string, CurveRow[]>(Object.keys(MODE_COLORS).map((mode) => [mode, []]));
  for (const row of curve) {
    const rows = modes.get(row.mode) ?? [];
    modes.set(row.mode, rows);
    rows.push(row);
  }
  return [...modes].filter(([, rows]) => rows.length > 0);
}

export function returnsSection({ curve, log }: ReportData): string {
  const evaluations = byMode(curve).map(([mode, rows]): ChartSeries => ({
    name: mode,
    color: MODE_COLORS[mode] ?? 4,
    dashed: mode === 'zero',
    points: rows.flatMap(({ step, mean, std }) =>
      mean === null ? [] : [{ x: step, y: mean, low: mean - (std ?? 0), high: mean + (std ?? 0) }],
    ),
  }));
  const episodes = log?.returns.points ?? [];
  const each = log?.returns.valuesPerPoint ?? 1;
  const charts = [
    lineChart({
      title: 'Return in evaluation',
      note: 'mean over the same starts, band: one standard deviation',
      xLabel: 'environment steps',
      series: evaluations,
    }),
    lineChart({
      title: 'Return of episodes',
      note:
        each === 1 ? 'one point per episode, undiscounted' : `means of ${each} episodes, band: smallest and largest`,
      xLabel: 'environment steps',
      series: [
        {
          name: 'return',
          color: 2,
          points: episodes.map(({ x, mean, min, max }) =>
            each === 1 ? { x, y: mean } : { x, y: mean, low: min, high: max },
          ),
        },
      ],
    }),
  ].join('');
  return charts === ''
    ? '<h2>Return</h2><p class="quiet">Nothing was evaluated and no episode has ended yet.</p>'
    : `<h2>Return</h2><div class="charts wide">${charts}</div>`;
}

const METRIC_NOTES: Readonly<Record<string, string>> = {
  qLoss: 'critic loss, equation (11)',
  qMean: 'mean Q of the minibatch',
  targetMean: 'mean target r + discount V',
  softValueMean: 'mean soft value V at the next states, equation (10)',
  phiNorm: 'length of the Stein gradient, equation (13)',
  criticGradientNorm: 'of all critic parameters',
  samplerGradientNorm: 'of all sampler parameters',
  criticBias: 'Q minus the soft return that followed',
  meanAbsReward: 'running mean of |r|',
};
const LOGARITHMIC = new Set(['qLoss', 'criticGradientNorm', 'samplerGradientNorm']);

export function learningSection({ curve, log }: ReportData): string {
  const rows = curve.filter((row, i) => row.step !== curve[i - 1]?.step);
  const fromCurve = (name: 'alpha' | 'entropy' | 'updates', title: string, note: string): string => {
    const evaluated = rows.flatMap((row) => (row[name] === null ? [] : [{ x: row.step, y: row[name] }]));
    // A real-time run has no evaluations: show the metrics of the learner.
    const sent = (log?.metrics.get(name)?.points ?? []).map(({ x, mean }) => ({ x, y: mean }));
    const points = evaluated.length > 0 ? evaluated : sent;
    const values = points.map(({ y }) => y);
    const logarithmic =
      name === 'alpha' && values.every((y) => y > 0) && Math.max(...values) > 20 * Math.min(...values);
    return lineChart({ title, note, xLabel: 'environment steps', logarithmic, series: [{ name, color: 1, points }] });
  };
  const charts = [
    fromCurve('alpha', 'alpha', 'temperature, in units of reward'),
    fromCurve('entropy', 'entropy', 'of the policy over actions, nats'),
    fromCurve('updates', 'updates', 'gradient steps made'),
    ...Object.entries(METRIC_NOTES).map(([name, note]) => {
      const points = (log?.metrics.get(name)?.points ?? []).map(({ x, mean }) => ({ x, y: mean }));
      const logarithmic = LOGARITHMIC.has(name) && points.every(({ y }) => y > 0);
      return lineChart({
        title: name,
        note,
        xLabel: 'environment steps',
        logarithmic,
        series: [{ name, color: 3, points }],
      });
    }),
  ].join('');
  return charts === '' ? '' : `<h2>Learning</h2><div class="charts">${charts}</div>`;
}

export function safetySection({ log }: ReportData): string {
  if (log === null) return '';
  const clips = [...log.clips].sort(([, a], [, b]) => b - a);
  const share = (count: number): string => `${formatNumber((100 * count) / Math.max(1, log.transitions), 3)} %`;
  const rows = clips.map(
    ([reason, count]) =>
      `<tr><td>${escapeHtml(reason)}</td><td>${exactNumber(count)}</td><td>${share(count)}</td></tr>`,
  );
  const table =
    clips.length === 0
      ? '<p>The guard altered no command.</p>'
      : `<div class="scroll"><table class="list"><thead><tr><th>reason</th><th>steps</th><th>of all steps</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
  const late = lateness(log.newest);
  const events = log.events.map(
    ({ code, level, count, message }) =>
      `<tr><td>${escapeHtml(code)}</td><td>${escapeHtml(level)}</td><td>${exactNumber(count)}</td><td class="left">${escapeHtml(message)}</td></tr>`,
  );
  const eventTable =
    events.length === 0
      ? ''
      : `<div class="scroll"><table class="list"><thead><tr><th>event</th><th>level</th><th>count</th><th class="left">the first one</th></tr></thead><tbody>${events.join('')}</tbody></table></div>`;
  const ends = `<p>${formatNumber(log.episodes)} episodes ended: ${formatNumber(log.terminated)} terminated, ${formatNumber(log.truncated)} truncated.</p>`;
  return `<h2>Safety and episodes</h2>${ends}${table}${late}${eventTable}`;
}

/** What a real-time run logged of its ticks. */
function lateness(newest: ReadonlyMap<string, number>): string {
  const parts = [...newest].flatMap(([name, value]) => {
    const percentile = /^lateness(\w+)Us$/.exec(name)?.[1];
    if (percentile === undefined) return name === 'skippedTicks' ? [`skipped ticks ${exactNumber(value)}`] : [];
    return [`${escapeHtml(percentile.toLowerCase())} ${exactNumber(value)} µs`];
  });
  return parts.length === 0 ? '' : `<p>Lateness of the control loop: ${parts.join(', ')}.</p>`;
}

export function numbersSection({ curve }: ReportData): string {
  if (curve.length === 0) return '';
  const every = Math.ceil(curve.length / MAX_ROWS);
  const thinned = curve.filter((_, i) => i % every === 0 || i === curve.length - 1);
  const rows = thinned.map((row) => {
    const cells = [row.mean, row.std, row.updates, row.alpha, row.entropy, row.wallS].map(
      (value) => `<td>${exactNumber(value)}</td>`,
    );
    return `<tr><td>${exactNumber(row.step)}</td><td>${exactNumber(row.episode)}</td><td>${escapeHtml(row.mode)}</td>${cells.join('')}</tr>`;
  });
  const note = every === 1 ? 'All rows of curve.csv.' : `Every ${every}th row of curve.csv, which has ${curve.length}.`;
  const heads = ['step', 'episode', 'mode', 'mean', 'std', 'updates', 'alpha', 'entropy', 'wall s'];
  return `<h2>Numbers</h2><p class="note">${note}</p><div class="scroll"><table class="numbers"><thead><tr>${heads.map((head) => `<th>${head}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

export function runSection({ run, policySha256, log }: ReportData): string {
  const facts: [string, string][] = [
    ['run', run.id],
    ['robot, task', `${run.robot}, ${run.task}`],
    ['preset', run.preset],
    ['seed', String(run.seed)],
    ['engine', run.engine],
    ['command', `${run.command}, ${run.mode}${run.simulators === 1 ? '' : `, ${run.simulators} simulators`}`],
    ['discount, horizon', `${run.discount}, ${run.horizon} steps`],
    ['started', run.startedAt],
    ['softqd', run.softqdVersion],
    ['identity', run.identity],
    ['session', run.sessionUuid],
    ['policy SHA-256', policySha256 ?? 'none yet'],
    ['begun from policy', run.parentPolicySha256 ?? 'none'],
  ];
  const replay = log?.newest.get('replayBytes');
  if (replay !== undefined) facts.push(['replay memory', `${formatNumber(replay / 1e6)} MB`]);
  const rows = facts.map(([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`);
  const settings = escapeHtml(JSON.stringify(run.learner, null, 2));
  return `<h2>Run</h2><table class="facts"><tbody>${rows.join('')}</tbody></table><details><summary>settings of the learner</summary><pre>${settings}</pre></details>`;
}
