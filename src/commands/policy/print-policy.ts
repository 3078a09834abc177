import { objectRows, printable, table } from '../../cli/index.ts';
import type { PolicyInfoResult } from './types.ts';

/** The result of `policy info` as text: one row a field, one a tensor. */
export function printPolicyInfo(result: PolicyInfoResult): string {
  return printable(table(objectRows(result)));
}
