import { objectRows, table } from '../../cli/index.ts';

/** What `policy info` says to people: one row a fact, one a tensor. */
export function renderPolicyInfo(result: Readonly<Record<string, unknown>>): string {
  return table(objectRows(result));
}
