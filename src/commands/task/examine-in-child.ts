import { once } from 'node:events';
import { SoftqdError } from '../../base/errors.ts';
import type { CompiledModule } from '../../base/compiled-module.ts';
import type { TaskFile } from '../../config/index.ts';
import { errorFromChild, startChildProcess, type ChildFailure } from '../../processes/index.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { Examination } from './examine-task.ts';
import type { TaskCheckResult } from './types.ts';

/** A task, as a process of its own gets it. */
export interface ExaminationLaunch {
  readonly robot: RobotSpec;
  readonly directory: string;
  readonly settings: TaskFile;
  readonly module: CompiledModule | null;
}

/** What was found in a task, and what it threw. */
type Examined = Pick<TaskCheckResult, 'observationNames' | 'actionSize' | 'readings'> & Omit<Examination, 'thrown'>;

/** The only message of the process; `examined` null: the task could not be created. */
export interface ExaminationMessage {
  readonly examined: Examined | null;
  readonly failure: ChildFailure | null;
}

/**
 * Examines a task in a process of its own: it may block the process, or end it. Throws what creating the task throws, E_TASK_MODULE when the
 * process ends, and the signal's reason.
 */
export async function examineInChild(
  launch: ExaminationLaunch,
  file: string,
  signal: AbortSignal,
): Promise<{ readonly examined: Examined; readonly thrown: SoftqdError | null }> {
  const child = startChildProcess(new URL('./examine-main', import.meta.url));
  const kill = (): void => void child.kill('SIGKILL');
  // However this process ends.
  process.once('exit', kill);
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  const messages: ExaminationMessage[] = [];
  child.on('message', (message) => messages.push(message as ExaminationMessage));
  child.on('error', () => undefined);
  child.send(launch, () => undefined);
  const [code, name] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  // Messages that it sent last may still be on their way.
  if (child.connected) await once(child, 'disconnect');
  process.off('exit', kill);
  signal.removeEventListener('abort', kill);
  signal.throwIfAborted();
  const { examined, failure } = messages[0] ?? endedBy(file, name ?? `exit code ${code ?? 0}`);
  if (examined === null) throw errorFromChild(failure!);
  return { examined, thrown: failure === null ? null : errorFromChild(failure) };
}

function endedBy(file: string, how: string): ExaminationMessage {
  const error = new SoftqdError('E_TASK_MODULE', `${file}: the task ended its process (${how})`, {
    hint: 'A task must not end the process, and its memory is limited.',
    values: { file, how },
  });
  return { examined: null, failure: error.toJSON().error };
}
