import { makeDirectory } from '../../../base/make-directory-adapter.ts';
import {} from 'node:fs';
import { dirname } from 'node:path';
import { fileWriter, ParquetWriter, type KeyValue, type SchemaElement } from 'hyparquet-writer';

export type ColumnType = 'float32' | 'float32-list' | 'int64' | 'bool' | 'string' | 'string-list';

export interface TableColumn {
  readonly name: string;
  readonly type: ColumnType;
}

const ELEMENTS = {
  float32: { type: 'FLOAT' },
  int64: { type: 'INT64' },
  bool: { type: 'BOOLEAN' },
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
} as const satisfies Record<string, Partial<SchemaElement>>;

/** A Parquet file written row group by row group; columns are nullable (as pyarrow writes them) and hold no nulls. */
export class ParquetTable {
  private readonly columns: readonly TableColumn[];
  private readonly writer: ParquetWriter;

  constructor(path: string, columns: readonly TableColumn[], kvMetadata: KeyValue[] = []) {
    makeDirectory(dirname(path));
    this.columns = columns;
    this.writer = new ParquetWriter({
      writer: fileWriter(path),
      schema: [{ name: 'schema', num_children: columns.length }, ...columns.flatMap(schemaOf)],
      kvMetadata,
    });
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.writer.writer.offset;
  }

  /** Appends rows as one row group: for each column of the constructor one value per row (int64 as bigint). */
  append(columnData: readonly (readonly unknown[])[]): void {
    const rows = columnData[0]?.length ?? 0;
    if (rows === 0) return;
    void this.writer.write({
      columnData: this.columns.map(({ name }, i) => ({ name, data: columnData[i] as unknown[] })),
      rowGroupSize: rows,
    });
  }

  finish(): void {
    void this.writer.finish();
  }
}

function schemaOf({ name, type }: TableColumn): SchemaElement[] {
  switch (type) {
    case 'float32-list':
    case 'string-list': {
      const element = type === 'float32-list' ? ELEMENTS.float32 : ELEMENTS.string;
      return [
        { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', repetition_type: 'OPTIONAL', ...element },
      ];
    }
    case 'float32':
    case 'int64':
    case 'bool':
    case 'string':
      return [{ name, repetition_type: 'OPTIONAL', ...ELEMENTS[type] }];
  }
}
