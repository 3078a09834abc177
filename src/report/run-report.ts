import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { sha256Hex } from '../base/digest-adapter.ts';
import { SoftqdError, toSoftqdError } from '../base/errors.ts';
import { damagedPlaceText, readLog, type DamagedPlace } from '../experience/index.ts';
import { checkPolicyCompatible, decodePolicy } from '../policy/index.ts';
import { createWorld } from '../simulator/index.ts';
import { LogSummarizer } from './log-summary.ts';
import { multiGoalData, type MultiGoalData } from './multi-goal-data.ts';
import { reportPage } from './page.ts';
import { MAX_POLICY_BYTES, parseCurve, RunDirectory, type CommandUi, type RobotAndTask } from '../runs/index.ts';

export interface RunReportOptions {
  readonly run: RunDirectory;
  readonly outFile: string;
  /** Robot and task of the run, for what only a rollout can show; called for the multi-goal task alone. */
  readonly select: () => Promise<RobotAndTask>;
  readonly signal: AbortSignal;
}

/**
 * Reads a run's files and writes its report; parts that cannot be read are named in it. run.json is read again: it contains the engine now.
 * Throws E_DISK when the report cannot be written.
 */
export async function writeRunReport(options: RunReportOptions): Promise<{ file: string; bytes: number }> {
  const { run, outFile, signal } = options;
  const { file } = RunDirectory.open(run.path);
  const gaps: string[] = [];
  const orGap = async <T>(what: string, work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) throw error;
      gaps.push(`${what}: ${toSoftqdError(error).message}`);
      return null;
    }
  };
  const curve = await orGap('the curve', async () => parseCurve(await readFile(run.curveFile, 'utf8')));
  const log = await orGap('the log', () =>
    summarize(run.logDirectory, signal, (place) => gaps.push(damagedPlaceText(place))),
  );
  const policy = await readFile(run.policyFile).catch(() => null);
  const multiGoal =
    file.task !== 'MultiGoal' || policy === null
      ? null
      : await orGap('the goals', async () => goals(policy, await options.select(), file.seed));
  const { preset, engine, backend, ...learner } = file.config.learner as unknown as Record<string, unknown>;
  const html = reportPage({
    run: {
      ...file,
      id: basename(run.path),
      engine: file.engine ?? `${String(engine)}, backend ${String(backend)} (as configured)`,
      learner: { preset, engine, backend, ...learner },
    },
    curve: curve ?? [],
    log,
    policySha256: policy === null ? null : sha256Hex(policy),
    multiGoal,
    gaps,
  });
  try {
    await writeFileAtomic(outFile, html);
  } catch (cause) {
    throw new SoftqdError('E_DISK', `cannot write the report to ${outFile}: ${(cause as Error).message}`, { cause });
  }
  return { file: outFile, bytes: Buffer.byteLength(html) };
}

/** The report at the end of a run: an error in it does not fail the run. */
export async function reportAtEnd(
  run: RunDirectory,
  selected: RobotAndTask,
  ui: Pick<CommandUi, 'info' | 'signal'>,
): Promise<void> {
  try {
    const outFile = run.reportFile;
    await writeRunReport({ run, outFile, select: () => Promise.resolve(selected), signal: ui.signal });
    ui.info(`report: ${outFile}`);
  } catch (error) {
    if (!ui.signal.aborted) ui.info(`no report: ${toSoftqdError(error).message}`);
  }
}

/** One pass over the log's files; corrupt records are skipped. */
async function summarize(
  directory: string,
  signal: AbortSignal,
  onDamage: (place: DamagedPlace) => void,
): Promise<LogSummarizer> {
  const summary = new LogSummarizer();
  const names = (await readdir(directory)).filter((name) => name.endsWith('.mcap')).sort();
  for (const name of names) {
    for await (const message of readLog(join(directory, name), onDamage)) summary.add(message);
    signal.throwIfAborted();
  }
  return summary;
}

async function goals(policy: Uint8Array, selected: RobotAndTask, seed: number): Promise<MultiGoalData> {
  const snapshot = decodePolicy(policy, { maxBytes: MAX_POLICY_BYTES });
  checkPolicyCompatible(snapshot, selected.identity);
  const world = await createWorld(selected.robot, selected.robotDirectory);
  try {
    return multiGoalData({ snapshot, task: selected.task, world, seed });
  } finally {
    world.dispose();
  }
}
