/** A function on a square, sampled on size x size points, row by row from the lowest y. */
export interface Field {
  readonly size: number;
  /** The square's corners in both directions. */
  readonly from: number;
  readonly to: number;
  /** [size, size]; index = row * size + column, column along x. */
  readonly values: Float64Array;
}

/** Samples `value` on the square. */
export function sampleField(
  size: number,
  { from, to }: { from: number; to: number },
  value: (x: number, y: number) => number,
): Field {
  const values = new Float64Array(size * size);
  const at = (i: number): number => from + ((to - from) * i) / (size - 1);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) values[row * size + column] = value(at(column), at(row));
  }
  return { size, from, to, values };
}

/** `count` levels strictly between the field's smallest and largest value, evenly spaced; none for a flat field. */
export function evenLevels({ values }: Field, count: number): number[] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!(high > low)) return [];
  return Array.from({ length: count }, (_, i) => low + ((high - low) * (i + 1)) / (count + 1));
}

/** Corners of a cell: lower left, lower right, upper right, upper left; and between which two each edge runs. */
const EDGES = [
  [0, 1],
  [1, 2],
  [2, 3],
  [3, 0],
] as const;

/**
 * The line where the field equals `level` by marching squares, as an SVG path; `place` maps the square's coordinates to the page.
 * Saddle cells are resolved by the mean of their corners.
 */
export function contourPath(
  field: Field,
  level: number,
  place: (x: number, y: number) => readonly [number, number],
): string {
  const { size, from, to, values } = field;
  const width = (to - from) / (size - 1);
  const path: string[] = [];
  for (let row = 0; row < size - 1; row++) {
    for (let column = 0; column < size - 1; column++) {
      const corner = row * size + column;
      const heights = [values[corner]!, values[corner + 1]!, values[corner + size + 1]!, values[corner + size]!];
      const crossings = cellCrossings(heights, level);
      for (let i = 0; i + 1 < crossings.length; i += 2) {
        const ends = [crossings[i]!, crossings[i + 1]!].map(([u, v]) => {
          const [x, y] = place(from + (column + u) * width, from + (row + v) * width);
          return `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
        });
        if (ends[0] !== ends[1]) path.push(`M${ends.join('L')}`);
      }
    }
  }
  return path.join('');
}

/** Where the level crosses a unit cell's edges, two by two. */
function cellCrossings(heights: readonly number[], level: number): (readonly [number, number])[] {
  const corners = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ] as const;
  const crossings: (readonly [number, number])[] = [];
  for (const [a, b] of EDGES) {
    const [low, high] = [heights[a]!, heights[b]!];
    if (low < level === high < level) continue;
    const part = (level - low) / (high - low);
    const [from, to] = [corners[a], corners[b]];
    crossings.push([from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])]);
  }
  if (crossings.length < 4) return crossings;
  // All four edges are crossed: the two lines go around the corners that are not joined through the middle.
  const middle = heights.reduce((sum, height) => sum + height, 0) / 4;
  const [bottom, right, top, left] = crossings;
  return heights[0]! < level === middle < level ? [bottom!, right!, top!, left!] : [left!, bottom!, right!, top!];
}
