/** A grid of dots that becomes characters: dots are about square on a usual terminal. */
export interface Canvas {
  /** In dots. */
  readonly width: number;
  readonly height: number;
  /** Sets a dot; coordinates are rounded, dots outside are skipped. */
  dot(x: number, y: number): void;
  /** One string per row of characters, all of the same length. */
  rows(): string[];
}

export type Glyphs = 'braille' | 'ascii';

interface CellShape {
  readonly across: number;
  readonly down: number;
  /** The character of a cell whose dots are the bits of `mask` (bit = row * across + column). */
  readonly character: (mask: number) => string;
}

/** Bit of a braille pattern by row * 2 + column (Unicode block 2800). */
const BRAILLE_BITS = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];

const SHAPES: Readonly<Record<Glyphs, CellShape>> = {
  braille: {
    across: 2,
    down: 4,
    character: (mask) => {
      if (mask === 0) return ' ';
      return String.fromCharCode(BRAILLE_BITS.reduce((code, bit, i) => ((mask >> i) & 1 ? code | bit : code), 0x2800));
    },
  },
  ascii: { across: 1, down: 2, character: (mask) => " '.:"[mask] ?? ' ' },
};

/** An empty canvas of `columns` x `rows` characters. */
export function createCanvas(columns: number, rows: number, glyphs: Glyphs): Canvas {
  const shape = SHAPES[glyphs];
  const cells = new Uint8Array(columns * rows);
  const width = columns * shape.across;
  const height = rows * shape.down;
  return {
    width,
    height,
    dot: (x, y) => {
      const column = Math.round(x);
      const row = Math.round(y);
      if (!(column >= 0 && column < width && row >= 0 && row < height)) return;
      const cell = Math.floor(row / shape.down) * columns + Math.floor(column / shape.across);
      cells[cell]! |= 1 << ((row % shape.down) * shape.across + (column % shape.across));
    },
    rows: () =>
      Array.from({ length: rows }, (_, row) =>
        Array.from(cells.subarray(row * columns, (row + 1) * columns), (mask) => shape.character(mask)).join(''),
      ),
  };
}

/** A straight line, both ends included; `every` > 1 makes it dotted. */
export function line(canvas: Canvas, from: readonly [number, number], to: readonly [number, number], every = 1): void {
  const steps = Math.min(4096, Math.max(1, Math.ceil(Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])))));
  for (let i = 0; i <= steps; i += every) {
    canvas.dot(from[0] + ((to[0] - from[0]) * i) / steps, from[1] + ((to[1] - from[1]) * i) / steps);
  }
}

/** A filled circle. */
export function disc(canvas: Canvas, center: readonly [number, number], radius: number): void {
  for (let dy = -Math.ceil(radius); dy <= radius; dy++) {
    for (let dx = -Math.ceil(radius); dx <= radius; dx++) {
      if (dx * dx + dy * dy <= radius * radius) canvas.dot(center[0] + dx, center[1] + dy);
    }
  }
}
