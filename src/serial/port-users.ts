import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import type { PortUser } from './serial-errors.ts';

const MAX_COMMAND_LENGTH = 100;
/** The title that a watchdog process of softqd gives itself (src/driver/watchdog). */
const WATCHDOG_TITLE = /^softqd-watchdog (.*)$/;
/** The program that makes a pseudo-terminal has both its ends open. */
const PSEUDO_TERMINAL_MASTERS = ['/dev/ptmx', '/dev/pts/ptmx'];

/**
 * Programs that have `path` open, as far as this user may read /proc (Linux; none elsewhere). The lock of a port is advisory: this finds
 * programs that do not use it.
 */
export async function findPortUsers(path: string, ownPid = process.pid): Promise<PortUser[]> {
  const target = await realpath(path).catch(() => path);
  const processes = await readdir('/proc').catch(() => []);
  const found: (PortUser & { readonly isMaster: boolean })[] = [];
  for (const name of processes) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === ownPid) continue;
    const open = await openFiles(pid);
    if (!open.has(target)) continue;
    const isMaster = target.startsWith('/dev/pts/') && PSEUDO_TERMINAL_MASTERS.some((master) => open.has(master));
    found.push({ pid, program: await programOf(pid), isMaster });
  }
  const others = found.filter(({ isMaster }) => !isMaster);
  return (others.length > 0 ? others : found).map(({ pid, program }) => ({ pid, program }));
}

async function openFiles(pid: number): Promise<ReadonlySet<string>> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = descriptors.map((descriptor) => readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => ''));
  return new Set(await Promise.all(links));
}

/** What a person knows it as: the command line of softqd, the robot of a watchdog process, or the name of the program. */
async function programOf(pid: number): Promise<string> {
  const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))
    .split('\0')
    .filter((word) => word !== '');
  const described = describeCommand(argv);
  if (described !== null) return described;
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'a program');
  return name.trim();
}

/** `softqd run --robot so101`, "softqd's watchdog process of robot so101 (holding until 12:00:00)"; null for other programs. */
export function describeCommand(argv: readonly string[]): string | null {
  const title = WATCHDOG_TITLE.exec(argv.join(' ').trim())?.[1];
  if (title !== undefined) {
    const [robot = '', holding] = title.split(', ');
    return `softqd's watchdog process of robot ${robot}${holding === undefined ? '' : ` (${holding})`}`;
  }
  const script = argv.findIndex((word) => /^(softqd(\.js)?|main\.(js|ts))$/.test(basename(word)));
  if (script < 0 || !argv.some((word) => word.includes('softqd') || word.includes('/commands/main.'))) return null;
  const command = ['softqd', ...argv.slice(script + 1)].join(' ');
  return command.length > MAX_COMMAND_LENGTH ? `${command.slice(0, MAX_COMMAND_LENGTH)}...` : command;
}
