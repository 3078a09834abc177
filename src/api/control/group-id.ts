import { readFileSync } from 'node:fs';
import { SoftqdError } from '../../base/errors.ts';

/** The ID of a group by name, from /etc/group (group(5)). Throws E_CONFIG_VALUE. */
export function groupId(name: string): number {
  let text = '';
  try {
    text = readFileSync('/etc/group', 'utf8');
  } catch {
    // Reported below.
  }
  const line = text.split('\n').find((entry) => entry.startsWith(`${name}:`));
  const id = Number(line?.split(':')[2]);
  if (line !== undefined && Number.isInteger(id)) return id;
  throw new SoftqdError('E_CONFIG_VALUE', `api.group: there is no group ${name}`, {
    hint: 'Create it with groupadd, or set api.group to a group of getent group.',
    values: { key: 'api.group', value: name },
  });
}
