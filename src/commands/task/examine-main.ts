import { toSoftqdError } from '../../base/errors.ts';
import { createTask } from '../../task/index.ts';
import type { ExaminationLaunch, ExaminationMessage } from './examine-in-child.ts';
import { TaskExaminer, type Examination } from './examine-task.ts';
import { openReadings } from './robot-readings.ts';

// Entry file of the process in which a task is examined: receives the task, replies with what was found or the error, and exits.

/** What was found so far, were this error thrown now; null: the examination has not begun. */
let interrupted: ((thrown: unknown) => ExaminationMessage) | null = null;

process.once('message', (launch: ExaminationLaunch) => {
  examine(launch).then(reply, fail);
});
process.once('disconnect', () => process.exit(0));
process.once('uncaughtException', fail);

async function examine({ robot, directory, settings, module }: ExaminationLaunch): Promise<ExaminationMessage> {
  const task = createTask(robot, settings, module);
  const readings = await openReadings(robot, directory);
  const { controlPeriodS } = robot;
  const examiner = new TaskExaminer(task, readings, { controlPeriodS, nowMs: () => performance.now() });
  const { observationNames, actionSize } = task.spec;
  const message = ({ thrown, ...found }: Examination): ExaminationMessage => ({
    examined: { observationNames, actionSize, readings: readings.source, ...found },
    failure: thrown?.toJSON().error ?? null,
  });
  interrupted = (thrown) => message(examiner.interrupted(toSoftqdError(thrown)));
  return message(examiner.examine());
}

function fail(thrown: unknown): void {
  reply(interrupted?.(thrown) ?? { examined: null, failure: toSoftqdError(thrown).toJSON().error });
}

function reply(message: ExaminationMessage): void {
  process.send?.(message, () => process.exit(0));
}
