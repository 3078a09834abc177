import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, isAbsolute, join, resolve } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { SoftqdError } from '../base/errors.ts';
import { makeDirectory } from '../base/make-directory-adapter.ts';
import { parseRunFile, runFilePath, type RunFile } from '../config/index.ts';
import { CURVE_HEADER, curveLine, type CurveRow } from './curve.ts';

/** The folder of one run: run.json, log/, checkpoint/, policy.safetensors, curve.csv, tensorboard/, report.html. */
export class RunDirectory {
  readonly path: string;
  readonly file: RunFile;

  private constructor(path: string, file: RunFile) {
    this.path = path;
    this.file = file;
  }

  /** Its name in the data directory, which names it in commands. */
  get id(): string {
    return basename(this.path);
  }
  get logDirectory(): string {
    return join(this.path, 'log');
  }
  get checkpointDirectory(): string {
    return join(this.path, 'checkpoint');
  }
  get policyFile(): string {
    return join(this.path, 'policy.safetensors');
  }
  get tensorBoardDirectory(): string {
    return join(this.path, 'tensorboard');
  }
  get reportFile(): string {
    return join(this.path, 'report.html');
  }
  get curveFile(): string {
    return join(this.path, 'curve.csv');
  }

  /** Throws E_DATA_DIRECTORY when the directory is not writable. */
  static create(dataDirectory: string, file: RunFile): RunDirectory {
    const stamp = file.startedAt.replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
    const base = `${stamp}-${file.robot}-${file.task}-s${file.seed}`;
    const runs = join(dataDirectory, 'runs');
    try {
      makeDirectory(runs);
      let path = join(runs, base);
      for (let n = 2; existsSync(path); n++) path = join(runs, `${base}-${n}`);
      makeDirectory(join(path, 'log'));
      writeFileSync(runFilePath(path), `${JSON.stringify({ ...file, host: hostname() }, null, 2)}\n`);
      writeFileSync(join(path, 'curve.csv'), CURVE_HEADER);
      return new RunDirectory(path, file);
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code ?? '';
      const why =
        code === 'ENOSPC'
          ? 'the disk is full'
          : code === 'EACCES' || code === 'EROFS' || code === 'EPERM'
            ? 'it is not writable'
            : String(cause);
      throw new SoftqdError(
        code === 'ENOSPC' ? 'E_DISK' : 'E_DATA_DIRECTORY',
        `cannot write into the data directory ${dataDirectory}: ${why}`,
        {
          cause,
          values: { directory: dataDirectory, code },
        },
      );
    }
  }

  /** Throws E_RUN_UNKNOWN. */
  static open(path: string): RunDirectory {
    const file = runFilePath(path);
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (cause) {
      throw new SoftqdError('E_RUN_UNKNOWN', `no run in ${path}: it has no run.json`, { cause });
    }
    return new RunDirectory(path, parseRunFile(text, file));
  }

  /** By id or directory. Throws E_RUN_UNKNOWN naming the newest runs there are. */
  static findById(dataDirectory: string, run: string): RunDirectory {
    const found = RunDirectory.find(dataDirectory, run);
    if (found !== null) return found;
    const known = runIds(dataDirectory).slice(0, 5);
    throw new SoftqdError('E_RUN_UNKNOWN', `no run ${run} in ${join(dataDirectory, 'runs')}`, {
      hint:
        known.length === 0
          ? 'There are no runs yet; softqd pretrain creates one.'
          : `Most recent runs: ${known.join(', ')}`,
    });
  }

  /** As findById; null: there is none. */
  static find(dataDirectory: string, run: string): RunDirectory | null {
    const candidates = isAbsolute(run) ? [run] : [join(dataDirectory, 'runs', run), resolve(run)];
    const path = candidates.find((candidate) => existsSync(runFilePath(candidate)));
    return path === undefined ? null : RunDirectory.open(path);
  }

  /** The newest run that `matches`, or null. */
  static newest(dataDirectory: string, matches: (file: RunFile) => boolean): RunDirectory | null {
    for (const id of runIds(dataDirectory)) {
      try {
        const run = RunDirectory.open(join(dataDirectory, 'runs', id));
        if (matches(run.file)) return run;
      } catch {
        // A directory without a readable run.json cannot be resumed.
      }
    }
    return null;
  }

  /** Adds to run.json what computes the gradient steps. Never rejects: nothing depends on it. */
  async recordEngine(engine: string | null): Promise<void> {
    if (engine === null || engine === this.file.engine) return;
    try {
      const path = runFilePath(this.path);
      const file = JSON.parse(readFileSync(path, 'utf8')) as RunFile;
      if (file.engine !== engine) await writeFileAtomic(path, `${JSON.stringify({ ...file, engine }, null, 2)}\n`);
    } catch {
      // A run directory that cannot be written is reported by the log and the checkpoints.
    }
  }

  appendCurve(row: CurveRow): void {
    appendFileSync(this.curveFile, curveLine(row));
  }

  /** Forgets rows after `step`: the resumed run writes them again. */
  cutCurve(step: number): void {
    const lines = existsSync(this.curveFile) ? readFileSync(this.curveFile, 'utf8').split('\n') : [];
    const kept = lines.slice(1).filter((line) => line !== '' && Number(line.slice(0, line.indexOf(','))) <= step);
    writeFileAtomic.sync(this.curveFile, CURVE_HEADER + kept.map((line) => `${line}\n`).join(''));
  }
}

/** Newest first: ids begin with their date. */
export function runIds(dataDirectory: string): string[] {
  const runs = join(dataDirectory, 'runs');
  if (!existsSync(runs)) return [];
  return readdirSync(runs)
    .filter((id) => statSync(join(runs, id)).isDirectory())
    .sort()
    .reverse();
}
