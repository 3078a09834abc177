/** One row of curve.csv; null, or a number that is not finite, is an empty field. */
export interface CurveRow {
  readonly step: number;
  readonly episode: number;
  readonly mode: string;
  readonly mean: number | null;
  readonly std: number | null;
  readonly updates: number | null;
  readonly alpha: number | null;
  readonly entropy: number | null;
  readonly wallS: number | null;
}

const COLUMNS = ['step', 'episode', 'mode', 'mean', 'std', 'updates', 'alpha', 'entropy', 'wallS'] as const;

/** The first line of a curve.csv. */
export const CURVE_HEADER = `${COLUMNS.join()}\n`;

export function curveLine(row: CurveRow): string {
  const cell = (value: number | string | null): string =>
    typeof value === 'string' ? value : Number.isFinite(value) ? String(value) : '';
  return `${COLUMNS.map((name) => cell(row[name])).join()}\n`;
}

/** The rows of a curve.csv by the names of its header; lines that are truncated or contain other text are skipped. */
export function parseCurve(text: string): CurveRow[] {
  const [header = '', ...lines] = text.split('\n');
  const names = header.trim().split(',');
  const rows: CurveRow[] = [];
  for (const line of lines) {
    const cells = line.trim().split(',');
    if (cells.length < COLUMNS.length) continue;
    const cell = (name: string): string => cells[names.indexOf(name)] ?? '';
    const number = (name: string): number | null => {
      const value = cell(name);
      return value === '' || !Number.isFinite(Number(value)) ? null : Number(value);
    };
    const [step, episode, mode] = [number('step'), number('episode'), cell('mode')];
    if (step === null || episode === null || mode === '') continue;
    const [mean, std, updates] = [number('mean'), number('std'), number('updates')];
    const [alpha, entropy, wallS] = [number('alpha'), number('entropy'), number('wallS')];
    rows.push({ step, episode, mode, mean, std, updates, alpha, entropy, wallS });
  }
  return rows;
}
