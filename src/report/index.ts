export { BoundedSeries, type SeriesPoint } from './bounded-series.ts';
export { contourPath, evenLevels, sampleField, type Field } from './contours.ts';
export { parseCurve, type CurveRow } from './curve.ts';
export { LogSummarizer, type EventCount, type LogSummary } from './log-summary.ts';
export { multiGoalData, type MultiGoalData } from './multi-goal-data.ts';
export { reportPage } from './page.ts';
export type { ReportData } from './report-data.ts';
export { reportAtEnd, writeRunReport } from './run-report.ts';
