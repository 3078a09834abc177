import type { Command } from 'commander';
import { SoftqdError } from '../../base/errors.ts';
import { addCommonFlags, commonOptions, type CommandRunner, type CommonFlags } from '../../cli/index.ts';
import { printConfig, printConfigCheck } from './print-config.ts';
import type { ConfigCheckResult, ConfigShowResult } from './types.ts';

interface ShowFlags extends CommonFlags {
  readonly robot?: string;
  readonly task?: string;
  readonly preset?: string;
}

export function addConfig(program: Command, host: CommandRunner): void {
  const config = program.command('config').description('show and check the configuration');
  addShow(config, host);
  addCheck(config, host);
}

function addShow(config: Command, host: CommandRunner): void {
  const command = config
    .command('show')
    .description('list all effective settings and their source; secrets are hidden')
    .argument('[file]', 'settings file (same as --config)')
    .option('--robot <name>', "include this robot's settings")
    .option('--task <name>', "include this task's settings")
    .option('--preset <name>', 'include this preset')
    .action(async (file: string | undefined, flags: ShowFlags) =>
      host.execute<ConfigShowResult>({
        json: flags.json === true,
        display: { kind: 'results', print: printConfig },
        run: async (ui) => {
          if (file !== undefined && flags.config !== undefined) {
            throw new SoftqdError('E_USAGE', 'config show: pass either FILE or --config FILE');
          }
          const own = file === undefined ? flags : { ...flags, config: file };
          const keyFlags = [{ flag: '--preset', key: 'learner.preset', value: flags.preset }];
          const { configShowCommand } = await import('./config.ts');
          return configShowCommand(
            commonOptions({ flags: own, keyFlags, robot: flags.robot, task: flags.task }, host, ui),
            ui,
          );
        },
      }),
    );
  addCommonFlags(command, [
    'softqd config show',
    'softqd config show --robot point2 --task MultiGoal --preset paper',
    'softqd config show my.json5 --json',
  ]);
}

function addCheck(config: Command, host: CommandRunner): void {
  const command = config
    .command('check')
    .description('check a settings, robot, task or preset file and report all problems')
    .argument('[file]', 'JSON5 file (default: the effective configuration)')
    .action(async (file: string | undefined, flags: CommonFlags) =>
      host.execute<ConfigCheckResult>({
        json: flags.json === true,
        display: { kind: 'results', print: printConfigCheck },
        run: async (ui) => {
          const { configCheckCommand } = await import('./config.ts');
          return configCheckCommand({ ...commonOptions({ flags }, host, ui), file: file ?? null }, ui);
        },
      }),
    );
  addCommonFlags(command, [
    'softqd config check my.json5',
    'softqd config check config/robots/arm2/robot.json5',
    'softqd config check --config my.json5 --set learner.batchSize=64',
  ]);
}
