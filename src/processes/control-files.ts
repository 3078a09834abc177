import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { jsonFilesIn } from '../base/json-files-adapter.ts';
import { makeDirectory } from '../base/make-directory-adapter.ts';
import { robotKey } from '../robot/robot-id.ts';
import { isProcessAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts';

/** A daemon that controls a robot: the content of `DIR/control/<robot>[-<id>].json`. */
export interface DaemonFile extends ProcessIdentity {
  readonly robot: string;
  readonly id: string | null;
  /** The run directory. */
  readonly run: string;
  /** The driver URL; null: the embedded simulator. */
  readonly driver: string | null;
  readonly simulated: boolean;
  /** The control socket of this user, and that of the group; null: none. */
  readonly socket: string | null;
  readonly groupSocket: string | null;
}

/** The files of one robot below `DIR/control`. */
export interface ControlPaths {
  readonly directory: string;
  readonly file: string;
  readonly socket: string;
  /** For the members of `api.group`. */
  readonly groupSocket: string;
  /** Of the watchdog process that holds the robot after its daemon. */
  readonly holdSocket: string;
}

/** sockaddr_un.sun_path has 108 bytes with the closing zero (unix(7)); macOS 104. */
const MAX_SOCKET_PATH_BYTES = 103;

/** Paths of sockets that do not fit into sockaddr_un are below XDG_RUNTIME_DIR or the temporary directory, by their hash. */
export function controlPaths(dataDirectory: string, robot: string, id: string | null): ControlPaths {
  const directory = join(dataDirectory, 'control');
  const base = join(directory, robotKey(robot, id));
  return {
    directory,
    file: `${base}.json`,
    socket: fittingPath(`${base}.sock`),
    groupSocket: fittingPath(`${base}.group.sock`),
    holdSocket: fittingPath(`${base}.hold.sock`),
  };
}

function fittingPath(path: string): string {
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return path;
  const name = `${createHash('sha256').update(path).digest('hex').slice(0, 16)}.sock`;
  const runtime = process.env['XDG_RUNTIME_DIR'];
  const directory =
    runtime !== undefined && runtime !== '' && Buffer.byteLength(runtime) < 64
      ? join(runtime, 'softqd')
      : join(Buffer.byteLength(tmpdir()) < 64 ? tmpdir() : '/tmp', `softqd-${userInfo().uid}`);
  return join(directory, name);
}

/** Where the watchdog process of a robot listens while it holds the robot; its directory exists afterwards. Throws system errors. */
export function holdSocketPath(dataDirectory: string, robot: string, id: string | null): string {
  const { holdSocket } = controlPaths(dataDirectory, robot, id);
  makeDirectory(dirname(holdSocket), holdSocket.startsWith(dataDirectory) ? 0o755 : 0o700);
  return holdSocket;
}

/** Says that this process controls the robot. Returns the function that removes the file. Throws system errors. */
export function writeDaemonFile(
  { directory, file }: ControlPaths,
  daemon: Omit<DaemonFile, keyof ProcessIdentity>,
): () => void {
  makeDirectory(directory, 0o755);
  writeFileAtomic.sync(file, `${JSON.stringify({ ...ownIdentity(), ...daemon })}\n`, { mode: 0o644 });
  return () => {
    if (readDaemonFile(file)?.pid === process.pid) rmSync(file, { force: true });
  };
}

/** The daemon of a file while it runs; null: none, or its file is damaged. */
export function readDaemonFile(file: string): DaemonFile | null {
  try {
    const daemon = JSON.parse(readFileSync(file, 'utf8')) as DaemonFile;
    const isWhole = Number.isInteger(daemon.pid) && typeof daemon.robot === 'string' && typeof daemon.run === 'string';
    return isWhole && isProcessAlive(daemon) ? daemon : null;
  } catch {
    return null;
  }
}

/** All daemons that run with this data directory, by name. */
export function runningDaemons(dataDirectory: string): readonly DaemonFile[] {
  return jsonFilesIn(join(dataDirectory, 'control')).flatMap((path) => readDaemonFile(path) ?? []);
}
