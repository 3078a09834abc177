import type { CommonOptions } from '../../cli/index.ts';
import type { Exported, Recovered } from '../../experience/index.ts';

export interface LogInfoOptions extends CommonOptions {
  readonly files: readonly string[];
}

export interface LogExportOptions extends CommonOptions {
  readonly files: readonly string[];
  readonly format: 'csv' | 'jsonl' | 'lerobot';
  readonly out: string;
  /** Exit 0 although corrupt records were skipped. */
  readonly allowDamaged: boolean;
}

export interface LogRecoverOptions extends CommonOptions {
  readonly files: readonly string[];
  /** null: `<name>.recovered.mcap` in the directory of each file. */
  readonly out: string | null;
}

export interface LogExportDone extends Exported {
  readonly event: 'done';
  readonly out: string;
}

export interface LogRecovered extends Recovered {
  readonly event: 'recovered';
  readonly file: string;
  readonly out: string;
}
