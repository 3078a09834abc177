import { closeSync, fsyncSync, openSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { SoftqdError, type ErrorValues } from '../../base/errors.ts';
import { jsonFilesIn } from '../../base/json-files-adapter.ts';
import { makeDirectory } from '../../base/make-directory-adapter.ts';
import { robotKey } from '../../robot/robot-id.ts';

/** A fault of an armed robot, kept in `DIR/faults/<robot>[-<id>].json` until a person clears it. */
export interface StickyFault {
  readonly robot: string;
  readonly id: string | null;
  readonly code: string;
  readonly message: string;
  readonly values: ErrorValues;
  /** Wall time, ISO 8601. */
  readonly at: string;
  /** The run directory; null: not known. */
  readonly run: string | null;
}

/** The kept fault of one robot. */
export class StickyFaults {
  readonly path: string;
  private readonly robot: string;
  private readonly id: string | null;

  constructor(dataDirectory: string, robot: string, id: string | null) {
    this.robot = robot;
    this.id = id;
    this.path = join(dataDirectory, 'faults', `${robotKey(robot, id)}.json`);
  }

  /** The command that clears the fault. */
  get clearCommand(): string {
    return `softqd clear-fault --robot ${this.robot}${this.id === null ? '' : ` --id ${this.id}`}`;
  }

  /** null: there is none. A damaged file is a fault, too. */
  read(): StickyFault | null {
    const { robot, id, path } = this;
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      return this.unreadable(`${path} cannot be read: ${(error as Error).message}`);
    }
    try {
      const fault = JSON.parse(text) as StickyFault;
      if (typeof fault.code === 'string' && typeof fault.message === 'string') return { ...fault, robot, id };
    } catch {
      // Reported below.
    }
    return this.unreadable(`${path} is damaged`);
  }

  /** Keeps a fault, durably; an earlier one that was not cleared stays. Throws E_DATA_DIRECTORY. */
  keep(error: SoftqdError, run: string | null): void {
    if (this.read() !== null) return;
    const { robot, id, path } = this;
    const { code, message, values } = error;
    const fault: StickyFault = { robot, id, code, message, values, at: new Date().toISOString(), run };
    try {
      makeDirectory(dirname(path), 0o700);
      writeFileAtomic.sync(path, `${JSON.stringify(fault, null, 2)}\n`, { mode: 0o600 });
      syncDirectory(dirname(path));
    } catch (cause) {
      throw new SoftqdError('E_DATA_DIRECTORY', `${path} cannot be written: ${(cause as Error).message}`, {
        hint: 'The fault is not kept: do not start this robot before its cause is removed.',
        values: { file: path },
        cause,
      });
    }
  }

  /** Removes the fault and returns it; null: there was none. Throws E_DATA_DIRECTORY. */
  clear(): StickyFault | null {
    const fault = this.read();
    try {
      rmSync(this.path, { force: true });
    } catch (cause) {
      throw new SoftqdError('E_DATA_DIRECTORY', `${this.path} cannot be removed: ${(cause as Error).message}`, {
        cause,
      });
    }
    return fault;
  }

  /** The refusal to arm a robot with this fault. */
  refusal(fault: StickyFault): SoftqdError {
    const { robot, code, message, at, run } = fault;
    return new SoftqdError(
      'E_FAULT_STICKY',
      `${robot} has a fault that was not cleared (${at}): ${message} [${code}]`,
      {
        hint: `Remove the cause, then run ${this.clearCommand}.`,
        values: { robot, fault: code, at, run },
      },
    );
  }

  private unreadable(message: string): StickyFault {
    return { robot: this.robot, id: this.id, code: 'E_INTERNAL', message, values: {}, at: 'unknown time', run: null };
  }
}

/** Every kept fault of a data directory. */
export function keptFaults(dataDirectory: string): readonly StickyFault[] {
  return jsonFilesIn(join(dataDirectory, 'faults')).flatMap((path) => faultIn(path) ?? []);
}

function faultIn(path: string): StickyFault | null {
  try {
    const fault = JSON.parse(readFileSync(path, 'utf8')) as StickyFault;
    return typeof fault.robot === 'string' && typeof fault.message === 'string' ? fault : null;
  } catch {
    return null;
  }
}

/**
 * Whether an error that ended a drive is a fault to keep: every error of armed hardware, except a loss after which `control.rearm` arms
 * the robot again. Not kept are errors before arming: configuration, ports, connections, refusals to arm; and errors
 * of simulated robots.
 */
export function isStickyFault(
  { failure, wasArmed, willRearm }: { readonly failure: SoftqdError | null; wasArmed: boolean; willRearm: boolean },
  { simulated }: { readonly simulated: boolean },
): boolean {
  return failure !== null && wasArmed && !willRearm && !simulated;
}

/** The file's name is durable, too. */
function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
