export { BoundedSeries } from './bounded-series.ts';
export { contourPath, evenLevels, sampleField } from './contours.ts';
export { LogSummarizer } from './log-summary.ts';
export { type MultiGoalData } from './multi-goal-data.ts';
export { reportPage } from './page.ts';
export type { ReportData } from './report-data.ts';
export { reportAtEnd, writeRunReport } from './run-report.ts';
