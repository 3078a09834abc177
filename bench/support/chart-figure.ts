import { lineChart, type LineChart } from '../../src/report/line-chart.ts';

/** Colors of a report's charts as a separate picture on white. */
const STYLE = `text{font:12px system-ui,sans-serif;fill:#5b6470}.title{font-size:13px;font-weight:600;fill:#1b1f24}.grid{stroke:#d9dde3}.axis{stroke:#5b6470}
.line{fill:none;stroke-width:2;stroke-linejoin:round}.band{opacity:.16}.dashed{stroke-dasharray:6 4}
.s1{stroke:#0067a5}.s2{stroke:#c14a00}.s3{stroke:#00795c}.s4{stroke:#7a4fa3}.f1{fill:#0067a5}.f2{fill:#c14a00}.f3{fill:#00795c}.f4{fill:#7a4fa3}`;
/** Of a chart in src/report/line-chart.ts. */
const CHART = { width: 480, height: 250 };
const MARGIN = 16;
const TITLE = 24;
const LEGEND = 22;

export interface LegendEntry {
  readonly name: string;
  readonly color: 1 | 2 | 3 | 4;
  readonly dashed?: boolean;
}

/** Charts in rows of `columns` as one SVG with one legend; charts without points leave their place empty. */
export function chartFigure(options: {
  readonly charts: readonly LineChart[];
  readonly columns: number;
  /** Of one chart, pixels. */
  readonly width: number;
  readonly legend: readonly LegendEntry[];
}): string {
  const { charts, columns, width, legend } = options;
  const height = Math.round((width * CHART.height) / CHART.width);
  const rowHeight = height + TITLE + MARGIN;
  const panels = charts.map((chart, i) => {
    const [x, y] = [MARGIN + (i % columns) * (width + MARGIN), LEGEND + Math.floor(i / columns) * rowHeight];
    const content = contentOf(chart);
    if (content === '') return '';
    return `<text class="title" x="${x}" y="${y + TITLE - 8}">${chart.title}</text>
<svg x="${x}" y="${y + TITLE}" width="${width}" height="${height}" viewBox="0 0 ${CHART.width} ${CHART.height}">${content}</svg>`;
  });
  const total = {
    width: MARGIN + columns * (width + MARGIN),
    height: LEGEND + Math.ceil(charts.length / columns) * rowHeight,
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${total.width} ${total.height}" width="${total.width}" height="${total.height}"><style>${STYLE}</style>
<rect width="${total.width}" height="${total.height}" fill="#fff"/>
${legendText(legend)}
${panels.filter((panel) => panel !== '').join('\n')}
</svg>
`;
}

/** The inside of a chart's SVG, without the tooltips, which a picture does not need. */
function contentOf(chart: LineChart): string {
  const [, content = ''] = /<svg [^>]*>([\s\S]*)<\/svg>/.exec(lineChart(chart)) ?? [];
  return content.replaceAll(/<title>[^<]*<\/title>/g, '').trim();
}

function legendText(entries: readonly LegendEntry[]): string {
  let x = MARGIN;
  return entries
    .map(({ name, color, dashed }) => {
      const at = x;
      x += 44 + 7 * name.length;
      const line = `<line class="line s${color}${dashed === true ? ' dashed' : ''}" x1="${at}" x2="${at + 24}" y1="14" y2="14"/>`;
      return `${line}<text x="${at + 30}" y="18">${name}</text>`;
    })
    .join('');
}
