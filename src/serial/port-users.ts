import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import type { PortUser } from './serial-errors.ts';

/**
 * Programs that have `path` open, as far as this user may read /proc (Linux; none elsewhere). The lock of a port is advisory: this finds
 * programs that do not use it.
 */
export async function findPortUsers(path: string, ownPid = process.pid): Promise<PortUser[]> {
  const target = await realpath(path).catch(() => path);
  const processes = await readdir('/proc').catch(() => []);
  const found: PortUser[] = [];
  for (const name of processes) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === ownPid || !(await hasOpen(pid, target))) continue;
    const program = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'a program');
    found.push({ pid, program: program.trim() });
  }
  return found;
}

async function hasOpen(pid: number, target: string): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const descriptor of descriptors) {
    const link = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
    if (link === target) return true;
  }
  return false;
}
