import type { Command } from 'commander';
import { addCommonFlags, commonOptions, programName, type CommandRunner, type CommonFlags } from '../../cli/index.ts';
import { printTaskCheck, printTaskNew } from './print-task.ts';
import type { TaskCheckResult, TaskNewResult } from './types.ts';

interface NewFlags extends CommonFlags {
  readonly robot: string;
}

export function addTask(program: Command, host: CommandRunner): void {
  const task = program.command('task').description('create and check tasks of your own');
  addNew(task, host);
  addCheck(task, host);
}

function addNew(task: Command, host: CommandRunner): void {
  const command = task
    .command('new')
    .description(
      'write a task of your own that runs at once: a task file and a TypeScript module beside the robot file',
    )
    .argument('<name>', 'name of the task: letters, digits, hyphens')
    .requiredOption('--robot <dir>', "the robot's folder (./NAME)")
    .action(async (name: string, flags: NewFlags) =>
      host.execute<TaskNewResult>({
        json: flags.json === true,
        display: { kind: 'results', print: printTaskNew },
        run: async (ui) => {
          const { taskNewCommand } = await import('./task-new.ts');
          const program = programName(host.io.env);
          return taskNewCommand({ ...commonOptions({ flags }, host, ui), name, robot: flags.robot, program }, ui);
        },
      }),
    );
  addCommonFlags(command, [
    'softqd task new lift --robot ./my-arm',
    'softqd task check my-arm/tasks/lift.json5',
    'softqd pretrain --robot ./my-arm --task lift --steps 20000 --seed 1 --out lift.safetensors',
  ]);
}

function addCheck(task: Command, host: CommandRunner): void {
  const command = task
    .command('check')
    .description('run a task on readings of its robot: is it pure and finite, do its shapes fit, how long does it take')
    .argument('<file>', "tasks/NAME.json5 in a robot's folder")
    .action(async (file: string, flags: CommonFlags) =>
      host.execute<TaskCheckResult>({
        json: flags.json === true,
        display: { kind: 'results', print: printTaskCheck },
        run: async (ui) => {
          const { taskCheckCommand } = await import('./task-check.ts');
          return taskCheckCommand({ ...commonOptions({ flags }, host, ui), file }, ui);
        },
      }),
    );
  addCommonFlags(command, [
    'softqd task check my-arm/tasks/lift.json5',
    'softqd task check my-arm/tasks/lift.json5 --set task.horizon=50',
    'softqd task check config/robots/so101/tasks/reach.json5 --json',
  ]);
}
