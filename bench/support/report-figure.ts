/** Style of a report's multi-goal panels as a separate picture on white. */
const STYLE = `text{font:12px system-ui,sans-serif;fill:#5b6470}.head{font-size:15px;font-weight:600;fill:#1b1f24}.title{font-size:13px;fill:#1b1f24}
.axis{stroke:#5b6470;fill:none}.contour{fill:none;stroke:#5b6470}.level{fill:none;stroke:#0067a5;stroke-width:1.2}
.path{fill:none;stroke:#c14a00;stroke-width:1.2;opacity:.5;stroke-linejoin:round}.goal{fill:none;stroke:#00795c;stroke-width:2}.f2{fill:#c14a00}`;
const SIDE = 320;
const HEAD = 26;

interface Panel {
  readonly title: string;
  /** The content of the panel's svg element. */
  readonly content: string;
}

/** Segments "Mx yLx y" end to end as long lines: the same picture in half the bytes. */
function joined(path: string): string {
  const segments = [...path.matchAll(/M([^ML]+)L([^ML]+)/g)].map(([, from = '', to = '']) => [from, to] as const);
  const at = new Map<string, number[]>();
  segments.forEach((ends, i) => {
    for (const end of ends) at.set(end, [...(at.get(end) ?? []), i]);
  });
  const used = new Set<number>();
  /** Points from `point` on along segments that are not used yet. */
  const follow = (point: string): string[] => {
    const points: string[] = [];
    for (let here = point; ;) {
      const next = at.get(here)?.find((i) => !used.has(i));
      if (next === undefined) return points;
      used.add(next);
      const [from, to] = segments[next]!;
      here = here === from ? to : from;
      points.push(here);
    }
  };
  const lines = segments.map(([from, to], i) => {
    if (used.has(i)) return '';
    used.add(i);
    const points = [...follow(from).reverse(), from, to, ...follow(to)];
    return `M${points[0]!}L${points.slice(1).join(' ')}`;
  });
  return lines.join('');
}

/** Panels of the multi-goal section of a report page (src/report). Throws when there are none. */
function panelsOf(html: string): Panel[] {
  const begin = html.indexOf("(the paper's figure 2)");
  const section = begin < 0 ? '' : html.slice(begin, html.indexOf('<h2>', begin));
  const figures = section.matchAll(/<figcaption>([^<]*)<\/figcaption>[\s\S]*?<svg [^>]*>([\s\S]*?)<\/svg>/g);
  const panels = [...figures].map(([, title = '', content = '']) => ({
    title,
    // Levels have tooltips, which a picture does not need.
    content: content
      .replaceAll(/<title>[^<]*<\/title>/g, '')
      .replaceAll(
        /(class="(?:level|contour)"[^>]* d=")([^"]*)"/g,
        (_, before: string, path: string) => `${before}${joined(path)}"`,
      ),
  }));
  if (panels.length === 0) throw new Error('the report has no multi-goal section');
  return panels;
}

/** One SVG with a row of panels for each report. */
export function reportFigure(rows: readonly { readonly head: string; readonly html: string }[]): string {
  const all = rows.map(({ head, html }) => ({ head, panels: panelsOf(html) }));
  const width = SIDE * Math.max(...all.map(({ panels }) => panels.length));
  const rowHeight = SIDE + 2 * HEAD;
  const body = all.map(({ head, panels }, row) => {
    const y = row * rowHeight;
    const placed = panels.map(
      ({ title, content }, i) =>
        `<text class="title" x="${SIDE * i + 26}" y="${y + 2 * HEAD - 4}">${title}</text>` +
        `<svg x="${SIDE * i}" y="${y + 2 * HEAD - 14}" width="${SIDE}" height="${SIDE}" viewBox="0 0 ${SIDE} ${SIDE}">${content}</svg>`,
    );
    return `<text class="head" x="26" y="${y + HEAD - 6}">${head}</text>${placed.join('\n')}`;
  });
  const height = all.length * rowHeight;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"><style>${STYLE}</style>
<rect width="${width}" height="${height}" fill="#fff"/>
${body.join('\n')}
</svg>
`;
}
