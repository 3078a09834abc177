import type { CommonOptions } from '../../cli/index.ts';
import type { PolicySnapshot } from '../../policy/index.ts';

export interface PolicyInfoOptions extends CommonOptions {
  readonly file: string;
}

type PolicyMeta = PolicySnapshot['meta'];

export interface PolicyInfoResult extends PolicyMeta {
  readonly file: string;
  readonly policySha256: string;
  readonly bytes: number;
  /** Shape of each tensor. */
  readonly tensors: Readonly<Record<string, readonly number[]>>;
}
