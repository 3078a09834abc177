import { join } from 'node:path';
import type { Feature, Frame } from './features.ts';
import { ParquetTable, type ColumnType } from './parquet-table.ts';

/** LeRobot's defaults, stated in info.json: files of a chunk directory, size at which the next data file begins. */
export const CHUNKS_SIZE = 1000;
export const DATA_FILE_MB = 100;
const ROW_GROUP_ROWS = 20_000;

/** `chunk-000/file-000.parquet` of the nth file. */
export function filePath(file: number): { chunk: number; file: number; path: string } {
  const chunk = Math.floor(file / CHUNKS_SIZE);
  const within = file % CHUNKS_SIZE;
  const three = (n: number): string => String(n).padStart(3, '0');
  return { chunk, file: within, path: join(`chunk-${three(chunk)}`, `file-${three(within)}.parquet`) };
}

/** Frames -> data/chunk-000/file-000.parquet and so on; an episode stays within one file. */
export class DataFiles {
  private readonly directory: string;
  private readonly features: readonly Feature[];
  private table: ParquetTable | null = null;
  private file = -1;
  private columns: unknown[][];

  constructor(directory: string, features: readonly Feature[]) {
    this.directory = directory;
    this.features = features;
    this.columns = features.map(() => []);
  }

  /** Begins an episode; returns the number of the file that it goes to. */
  beginEpisode(): number {
    if (this.table !== null && this.table.bytes > DATA_FILE_MB * 1024 * 1024) this.finish();
    if (this.table === null) {
      this.file += 1;
      const columns = this.features.map(({ name, dtype, size }) => ({ name, type: columnType(dtype, size) }));
      this.table = new ParquetTable(join(this.directory, filePath(this.file).path), columns);
    }
    return this.file;
  }

  add(frame: Frame): void {
    for (const [i, { dtype, size, values }] of this.features.entries()) {
      const numbers = values(frame);
      this.columns[i]!.push(size > 1 ? Array.from(numbers) : cell(dtype, numbers[0]!));
    }
    if (this.columns[0]!.length >= ROW_GROUP_ROWS) this.flush();
  }

  finish(): void {
    this.flush();
    this.table?.finish();
    this.table = null;
  }

  private flush(): void {
    this.table?.append(this.columns);
    this.columns = this.features.map(() => []);
  }
}

/** Shape [1] is a plain column: LeRobot rejects a list of one element. */
function columnType(dtype: Feature['dtype'], size: number): ColumnType {
  return size > 1 && dtype === 'float32' ? 'float32-list' : dtype;
}

function cell(dtype: Feature['dtype'], value: number): number | bigint | boolean {
  switch (dtype) {
    case 'float32':
      return value;
    case 'int64':
      return BigInt(value);
    case 'bool':
      return value !== 0;
  }
}
