import { escapeHtml } from './html.ts';
import { multiGoalSection } from './multi-goal-section.ts';
import type { ReportData } from './report-data.ts';
import { learningSection, numbersSection, returnsSection, runSection, safetySection, tiles } from './sections.ts';
import { STYLE } from './style.ts';

/** A run as one self-contained HTML page: no script, no network access. It depends on its data only. */
export function reportPage(data: ReportData): string {
  const { run } = data;
  const title = `${run.robot} ${run.task}, seed ${run.seed}`;
  const gaps = data.gaps.map((gap) => `<p class="note">Not shown: ${escapeHtml(gap)}</p>`).join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)} – softqd report</title><style>${STYLE}</style></head>
<body><main><header><h1>${escapeHtml(`${run.robot} · ${run.task}`)}</h1>
<p class="quiet">${escapeHtml(`${run.command} with preset ${run.preset}, seed ${run.seed}, started ${run.startedAt.slice(0, 16).replace('T', ' ')} UTC, softqd ${run.softqdVersion}`)}</p>
${tiles(data)}${gaps}</header>
${returnsSection(data)}
${data.multiGoal === null ? '' : multiGoalSection(data.multiGoal)}
${learningSection(data)}
${safetySection(data)}
${numbersSection(data)}
${runSection(data)}
<footer>docs/learning.md has the formula of every number.</footer></main></body></html>
`;
}
