import { constants } from 'node:fs';
import { access, rm, statfs, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { makeDirectory } from '../base/make-directory-adapter.ts';
import type { Check, Finding } from './doctor.ts';

const MIN_NODE = { major: 20, minor: 19 } as const;
const LOW_DISK_BYTES = 2 * 1024 ** 3;
const NO_DISK_BYTES = 200 * 1024 ** 2;
const GIB = 1024 ** 3;

/** Node.js is 20.19 or newer. `version` as in process.versions.node. */
export function nodeCheck(version: string = process.versions.node): Check {
  return {
    id: 'node.version',
    run: () => {
      const [major = 0, minor = 0] = version.split('.').map(Number);
      const fits = major > MIN_NODE.major || (major === MIN_NODE.major && minor >= MIN_NODE.minor);
      const finding: Finding = {
        id: 'node.version',
        level: fits ? 'ok' : 'error',
        title: `Node.js ${version}`,
        detail: `${MIN_NODE.major}.${MIN_NODE.minor} or newer is needed`,
        hint: fits ? null : 'Install Node.js 22 or 24.',
      };
      return Promise.resolve([finding]);
    },
  };
}

/** Cores and memory: control loop and learner each need a core. */
export function machineCheck(): Check {
  return {
    id: 'machine.size',
    run: () => {
      const cores = availableParallelism();
      const memory = totalmem();
      const small = cores < 2 || memory < GIB;
      return Promise.resolve([
        {
          id: 'machine.size',
          level: small ? 'warning' : 'ok',
          title: `${cores} cores, ${(memory / GIB).toFixed(1)} GiB memory`,
          detail: 'control loop and learner each need a core',
          hint: small
            ? 'Ticks may be late during training. Lower learner.updatesPerStep, or train on another machine.'
            : null,
        },
      ]);
    },
  };
}

/** The data directory is writable (created when missing) and has space for logs. */
export function dataDirectoryCheck(directory: string): Check {
  return {
    id: 'data.directory',
    run: async () => [await writableFinding(directory), ...(await spaceFindings(directory))],
  };
}

async function writableFinding(directory: string): Promise<Finding> {
  const id = 'data.writable';
  const probe = join(directory, `.softqd-doctor-${process.pid}`);
  try {
    makeDirectory(directory);
    await access(directory, constants.W_OK);
    await writeFile(probe, 'x');
    await rm(probe);
    return { id, level: 'ok', title: 'data directory', detail: `${directory} can be written`, hint: null };
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? String(thrown);
    const detail = `${directory} cannot be written (${code})`;
    return {
      id,
      level: 'error',
      title: 'data directory',
      detail,
      hint: 'Choose another directory with --data DIR, or fix its owner and permissions.',
    };
  }
}

async function spaceFindings(directory: string): Promise<Finding[]> {
  const id = 'data.space';
  try {
    const { bavail, bsize } = await statfs(directory);
    const free = bavail * bsize;
    const level = free < NO_DISK_BYTES ? 'error' : free < LOW_DISK_BYTES ? 'warning' : 'ok';
    const hint = level === 'ok' ? null : 'Free some space, or choose another disk with --data DIR.';
    return [{ id, level, title: 'disk space', detail: `${(free / GIB).toFixed(1)} GiB free at ${directory}`, hint }];
  } catch {
    return [];
  }
}

export interface PortRequirement {
  /** What listens there, e.g. `simulator`. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** The setting that changes it. */
  readonly key: string;
}

/** Every required port is free; 0 always is. A port in use is a warning. */
export function portsCheck(requirements: readonly PortRequirement[]): Check {
  return { id: 'ports', run: () => Promise.all(requirements.map(portFinding)) };
}

async function portFinding({ name, host, port, key }: PortRequirement): Promise<Finding> {
  const id = `port.${name}`;
  const title = `port of the ${name}`;
  if (port === 0) return { id, level: 'ok', title, detail: `${host}: any free port`, hint: null };
  const failure = await listenFailure(host, port);
  if (failure === null) return { id, level: 'ok', title, detail: `${host}:${port} is free`, hint: null };
  if (failure === 'EADDRINUSE') {
    const hint = `Stop the program that listens there, or choose another one: --set ${key}=0 takes any free port.`;
    return { id, level: 'warning', title, detail: `${host}:${port} is in use`, hint };
  }
  const hint = `Choose another address or port with --set ${key}=...`;
  return { id, level: 'error', title, detail: `cannot listen on ${host}:${port} (${failure})`, hint };
}

function listenFailure(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
