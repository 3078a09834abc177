import { MULTI_GOAL_RADIUS_M, MULTI_GOALS_M } from '../task/index.ts';
import { contourPath, evenLevels, type Field } from './contours.ts';
import { escapeHtml, formatNumber, formatTick } from './html.ts';
import type { MultiGoalData, MultiGoalState } from './multi-goal-data.ts';

const SIZE = 320;
const MARGIN = 26;
const LEVELS = 10;

type Place = (x: number, y: number) => readonly [number, number];

/** Figure 2 of the paper: rollouts over the reward's contours; the critics' contours with the sampler's particles at three states. */
export function multiGoalSection(data: MultiGoalData): string {
  const { rollouts } = data;
  const counts = new Map<string, number>();
  for (const { outcome } of rollouts) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const reached = [...counts].sort().map(([outcome, count]) => `${outcome} ${count}`);
  const mean = rollouts.reduce((sum, rollout) => sum + rollout.return, 0) / rollouts.length;
  return `<h2>Goals (the paper's figure 2)</h2>
<p class="quiet">The final policy, mode sample, in a world of its own: ${rollouts.length} rollouts, mean return ${formatNumber(mean)}; ends: ${escapeHtml(reached.join(', '))}. A maximum-entropy policy reaches all goals about equally often. alpha = ${formatNumber(data.alpha)}.</p>
<div class="charts panels">${arena(data)}${data.states.map(statePanel).join('')}</div>`;
}

function arena({ reward, rollouts }: MultiGoalData): string {
  const place = linearMap(reward);
  const contours = evenLevels(reward, LEVELS).map(
    (level) => `<path class="contour" opacity=".45" d="${contourPath(reward, level, place)}"/>`,
  );
  const scale = (SIZE - 2 * MARGIN) / (reward.to - reward.from);
  const goals = MULTI_GOALS_M.map(([x, y]) => {
    const [cx, cy] = place(x, y);
    return `<circle class="goal" cx="${round(cx)}" cy="${round(cy)}" r="${round(MULTI_GOAL_RADIUS_M * scale)}"/>`;
  });
  const paths = rollouts.map(({ path }) => {
    const points = path.map(([x, y]) => place(x, y).map(round).join(','));
    return `<polyline class="path" points="${points.join(' ')}"/>`;
  });
  return frame('Rollouts over the reward', 'x and y in m; circles: the goals; contours: reward of standing still', {
    field: reward,
    ticks: [-5, 0, 5],
    content: [...contours, ...paths, ...goals].join(''),
  });
}

function statePanel({ state, q, particles }: MultiGoalState): string {
  const place = linearMap(q);
  const levels = evenLevels(q, LEVELS);
  const contours = levels.map((level, i) => {
    const opacity = Math.round(100 * (0.25 + (0.75 * (i + 1)) / levels.length)) / 100;
    return `<path class="level" opacity="${opacity}" d="${contourPath(q, level, place)}"><title>Q = ${formatNumber(level)}</title></path>`;
  });
  const dots = particles.map(([x, y]) => {
    const [cx, cy] = place(x, y);
    return `<circle class="f2" opacity=".8" cx="${round(cx)}" cy="${round(cy)}" r="2.6"/>`;
  });
  const [low, high] = [levels[0], levels[levels.length - 1]];
  const note = `actions; contours from Q = ${formatNumber(low)} to ${formatNumber(high)}, stronger = higher; dots: ${particles.length} samples`;
  return frame(`Q and the sampler at (${state.map(formatTick).join(', ')})`, note, {
    field: q,
    ticks: [-1, 0, 1],
    content: [...contours, ...dots].join(''),
  });
}

interface Panel {
  readonly field: Field;
  readonly ticks: readonly number[];
  readonly content: string;
}

function frame(title: string, note: string, { field, ticks, content }: Panel): string {
  const place = linearMap(field);
  const side = SIZE - 2 * MARGIN;
  const labels = ticks.map((tick) => {
    const [x] = place(tick, 0);
    const [, y] = place(0, tick);
    const text = formatNumber(tick);
    return `<text x="${round(x)}" y="${SIZE - MARGIN + 16}" text-anchor="middle">${text}</text><text x="${MARGIN - 6}" y="${round(y)}" dy=".35em" text-anchor="end">${text}</text>`;
  });
  return `<figure class="chart"><figcaption>${escapeHtml(title)}</figcaption><p class="note">${escapeHtml(note)}</p>
<svg viewBox="0 0 ${SIZE} ${SIZE}" role="img" aria-label="${escapeHtml(title)}"><rect fill="none" class="axis" x="${MARGIN}" y="${MARGIN}" width="${side}" height="${side}"/>${content}${labels.join('')}</svg></figure>`;
}

/** The field's square onto the panel, y upwards. */
function linearMap({ from, to }: Field): Place {
  const scale = (SIZE - 2 * MARGIN) / (to - from);
  return (x, y) => [MARGIN + (x - from) * scale, SIZE - MARGIN - (y - from) * scale];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
