import type { ChartSeries, LineChart } from '../../src/report/line-chart.ts';
import { chartFigure, type LegendEntry } from './chart-figure.ts';
import type { LearnerNumbers } from './learner-numbers.ts';
import type { Stage } from './locomotion-stage.ts';
import { PUBLISHED_RETURNS } from './published-returns.ts';

const STEPS = 'environment steps';

/** The mean of a number over the seeds at each number of steps, and a band from the smallest to the largest. */
function overSeeds(
  stages: readonly Stage[],
  entry: LegendEntry,
  valueOf: (stage: Stage) => number | null | undefined,
): ChartSeries {
  const bySteps = new Map<number, number[]>();
  for (const stage of stages) {
    const value = valueOf(stage);
    if (value == null || !Number.isFinite(value)) continue;
    bySteps.set(stage.steps, [...(bySteps.get(stage.steps) ?? []), value]);
  }
  const points = [...bySteps]
    .sort(([a], [b]) => a - b)
    .map(([x, values]) => {
      const y = values.reduce((sum, value) => sum + value, 0) / values.length;
      return { x, y, low: Math.min(...values), high: Math.max(...values) };
    });
  return { ...entry, points };
}

function tasksOf(stages: readonly Stage[]): string[] {
  return [...new Set(PUBLISHED_RETURNS.map(({ task }) => task))].filter((task) =>
    stages.some((stage) => stage.task === task),
  );
}

/** How many seeds there are, for a title. */
function extent(stages: readonly Stage[]): string {
  const seeds = new Set(stages.map(({ seed }) => seed)).size;
  return `${seeds} ${seeds === 1 ? 'seed' : 'seeds'}`;
}

const BEST = { name: 'softqd, best', color: 1 } as const;
const SAMPLE = { name: 'softqd, sample', color: 2, dashed: true } as const;
const SAC = { name: 'SAC, published', color: 3, dashed: true } as const;
const BEST_PUBLISHED = { name: 'best published', color: 4, dashed: true } as const;

/** Return over environment steps, one chart a task, with the published returns at these numbers of steps as points, where they are single numbers. */
export function learningCurves(stages: readonly Stage[]): string {
  const charts = tasksOf(stages).map((task): LineChart => {
    const own = stages.filter((stage) => stage.task === task);
    const last = Math.max(...own.map(({ steps }) => steps));
    const published = (entry: LegendEntry, of: 'sac' | 'best'): ChartSeries => ({
      ...entry,
      points: PUBLISHED_RETURNS.filter((row) => row.task === task && row.steps <= last)
        .map((row) => ({ x: row.steps, y: Number(row[of]) }))
        .filter(({ y }) => Number.isFinite(y)),
    });
    return {
      title: `${task}, ${extent(own)}`,
      xLabel: STEPS,
      series: [
        overSeeds(own, BEST, ({ returns }) => returns.best),
        overSeeds(own, SAMPLE, ({ returns }) => returns.sample),
        published(SAC, 'sac'),
        published(BEST_PUBLISHED, 'best'),
      ],
    };
  });
  return chartFigure({ charts, columns: 2, width: 440, legend: [BEST, SAMPLE, SAC, BEST_PUBLISHED] });
}

const REPORTED = { name: 'learner', color: 1 } as const;
const FITTED = { name: 'entropy of a Gaussian fit', color: 2, dashed: true } as const;

/** Bias of the critics, entropy reported and fitted, alpha: one row a task. */
export function learnerFigure(stages: readonly Stage[]): string {
  const charts = tasksOf(stages.filter(({ learner }) => learner !== undefined)).flatMap((task): LineChart[] => {
    const own = stages.filter((stage) => stage.task === task);
    const series = (entry: LegendEntry, name: keyof LearnerNumbers): ChartSeries =>
      overSeeds(own, entry, ({ learner }) => learner?.[name]);
    const common = { xLabel: STEPS };
    return [
      {
        ...common,
        title: `${task}, ${extent(own)}: bias of the critics, normalized reward`,
        series: [series(REPORTED, 'criticBias')],
      },
      {
        ...common,
        title: `${task}: entropy, nats`,
        series: [series(REPORTED, 'entropy'), series(FITTED, 'entropyFitted')],
      },
      { ...common, title: `${task}: alpha, normalized reward`, series: [series(REPORTED, 'alpha')], logarithmic: true },
    ];
  });
  return chartFigure({ charts, columns: 3, width: 340, legend: [REPORTED, FITTED] });
}
