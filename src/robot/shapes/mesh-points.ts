import { SoftqdError } from '../../base/errors.ts';

const STL_HEADER_BYTES = 84;
const STL_TRIANGLE_BYTES = 50;
const STL_NORMAL_BYTES = 12;
const MAX_POINTS = 3_000_000;

/**
 * The corners of a triangle mesh, x, y, z each, in the file's unit: STL (binary or text) and OBJ. Null for another format. Throws
 * E_ROBOT_FILE for a damaged or too large file, naming it.
 */
export function meshPoints(bytes: Uint8Array, file: string): Float64Array | null {
  const kind = /\.([a-z0-9]+)$/i.exec(file)?.[1]?.toLowerCase();
  if (kind !== 'stl' && kind !== 'obj') return null;
  const points = kind === 'obj' ? textPoints(bytes, /^\s*v\s+(\S+)\s+(\S+)\s+(\S+)/gm, file) : stlPoints(bytes, file);
  if (points.length === 0) throw damaged(file, 'contains no triangles');
  if (!points.every((value) => Number.isFinite(value))) throw damaged(file, 'has a corner that is not a number');
  return points;
}

function stlPoints(bytes: Uint8Array, file: string): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length >= STL_HEADER_BYTES ? view.getUint32(STL_HEADER_BYTES - 4, true) : 0;
  // A text file begins with "solid"; so do some binary ones, whose size then fits their count.
  if (bytes.length !== STL_HEADER_BYTES + STL_TRIANGLE_BYTES * count) {
    if (String.fromCharCode(...bytes.subarray(0, 5)).toLowerCase() === 'solid')
      return textPoints(bytes, /^\s*vertex\s+(\S+)\s+(\S+)\s+(\S+)/gim, file);
    if (bytes.length < STL_HEADER_BYTES + STL_TRIANGLE_BYTES * count || count === 0)
      throw damaged(file, `has ${bytes.length} bytes, but states ${count} triangles`);
  }
  if (3 * count > MAX_POINTS) throw damaged(file, `has ${count} triangles: at most ${MAX_POINTS / 3}`);
  const points = new Float64Array(9 * count);
  for (let i = 0; i < count; i++) {
    const at = STL_HEADER_BYTES + STL_TRIANGLE_BYTES * i + STL_NORMAL_BYTES;
    for (let k = 0; k < 9; k++) points[9 * i + k] = view.getFloat32(at + 4 * k, true);
  }
  return points;
}

function textPoints(bytes: Uint8Array, pattern: RegExp, file: string): Float64Array {
  const points: number[] = [];
  for (const [, x, y, z] of new TextDecoder().decode(bytes).matchAll(pattern)) {
    if (points.length >= 3 * MAX_POINTS) throw damaged(file, `has more than ${MAX_POINTS} corners`);
    points.push(Number(x), Number(y), Number(z));
  }
  return Float64Array.from(points);
}

function damaged(file: string, what: string): SoftqdError {
  return new SoftqdError('E_ROBOT_FILE', `${file}: the mesh ${what}`, {
    hint: 'Replace the mesh file.',
    values: { file },
  });
}
