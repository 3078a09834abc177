import { shortNumber } from '../ui/table.ts';
import { createCanvas, disc, line, type Canvas, type Glyphs } from './canvas.ts';

type Position = [number, number];

/** Robots that are drawn as links in a plane; each returns the ends of its links, in link lengths, y up. */
const CHAINS: ReadonlyMap<string, (positions: readonly number[]) => Position[]> = new Map([
  // theta = 0 is upright and grows to the left, as in Gymnasium's rendering.
  ['pendulum', ([theta = 0]) => [[-Math.sin(theta), Math.cos(theta)] as Position]],
  [
    'arm2',
    ([shoulder = 0, elbow = 0]) => {
      const middle: Position = [Math.cos(shoulder) / 2, Math.sin(shoulder) / 2];
      return [middle, [middle[0] + Math.cos(shoulder + elbow) / 2, middle[1] + Math.sin(shoulder + elbow) / 2]];
    },
  ],
]);

/** The robot in `columns` x `rows` characters: its links where they are known, otherwise its joint positions as numbers. */
export function robotRows(
  robot: string,
  positions: readonly number[] | null,
  size: { columns: number; rows: number; glyphs: Glyphs },
): string[] {
  if (positions === null) return numberRows([], size);
  const chain = CHAINS.get(robot);
  if (chain === undefined) return numberRows(positions, size);
  const canvas = createCanvas(size.columns, size.rows, size.glyphs);
  const center: Position = [(canvas.width - 1) / 2, (canvas.height - 1) / 2];
  const reach = Math.min(canvas.width, canvas.height) / 2 - 3;
  let from = center;
  for (const end of chain(positions)) {
    const to: Position = [center[0] + end[0] * reach, center[1] - end[1] * reach];
    drawLink(canvas, from, to);
    disc(canvas, from, 1.5);
    from = to;
  }
  disc(canvas, from, Math.max(1.5, Math.min(3, reach / 8)));
  return canvas.rows();
}

/** A line two dots thick, easy to distinguish from single dots. */
function drawLink(canvas: Canvas, from: Position, to: Position): void {
  line(canvas, from, to);
  const steep = Math.abs(to[1] - from[1]) > Math.abs(to[0] - from[0]);
  const [dx, dy] = steep ? [1, 0] : [0, 1];
  line(canvas, [from[0] + dx, from[1] + dy], [to[0] + dx, to[1] + dy]);
}

function numberRows(positions: readonly number[], { columns, rows }: { columns: number; rows: number }): string[] {
  return Array.from({ length: rows }, (_, i) => {
    const position = positions[i];
    return (position === undefined ? '' : `joint ${i}  ${shortNumber(position)}`).slice(0, columns).padEnd(columns);
  });
}
