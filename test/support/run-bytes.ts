import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The bytes by which runs are compared, of the only run in a data directory: the log's segments and the policy. */
export function runBytes(data: string): Map<string, Buffer> {
  const [run] = readdirSync(join(data, 'runs'));
  const folder = join(data, 'runs', run!);
  const files = new Map([['policy.safetensors', readFileSync(join(folder, 'policy.safetensors'))]]);
  for (const name of readdirSync(join(folder, 'log'))) files.set(name, readFileSync(join(folder, 'log', name)));
  return files;
}

export function assertSameBytes(left: Map<string, Buffer>, right: Map<string, Buffer>): void {
  assert.deepEqual([...left.keys()].sort(), [...right.keys()].sort());
  for (const [name, bytes] of left) assert.ok(bytes.equals(right.get(name)!), `${name} differs`);
}
