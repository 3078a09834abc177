import type { Command } from 'commander';
import { SoftqdError } from '../../base/errors.ts';
import { checkConfigFile, listPresets, listRobots, listTasks, type LoadedConfig } from '../../config/index.ts';
import {
  addCommonFlags,
  commonOptions,
  type CommandRunner,
  type CommonFlags,
  type TerminalUi,
} from '../../cli/index.ts';
import { renderSettings } from './print-settings.ts';

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
      host.execute({
        json: flags.json === true,
        display: 'results',
        render: renderSettings,
        run: async (ui) => {
          if (file !== undefined && flags.config !== undefined) {
            throw new SoftqdError('E_USAGE', 'config show: pass either FILE or --config FILE');
          }
          const own = file === undefined ? flags : { ...flags, config: file };
          const keyFlags = [{ flag: '--preset', key: 'learner.preset', value: flags.preset }];
          const common = commonOptions({ flags: own, keyFlags, robot: flags.robot, task: flags.task }, host, ui);
          ui.event(await settingsResult(await common.configure()));
          return 0;
        },
      }),
    );
  addCommonFlags(command, [
    'softqd config show',
    'softqd config show --robot point2 --task MultiGoal --preset paper',
    'softqd config show my.json5 --json',
  ]);
}

async function settingsResult(loaded: LoadedConfig): Promise<Record<string, unknown>> {
  const robots = await Promise.all(
    (await listRobots()).map(async (robot) => ({ robot, tasks: await listTasks(robot) })),
  );
  return {
    robot: loaded.robot?.name ?? null,
    task: loaded.task,
    preset: loaded.preset,
    repeatable: irreproducibleReason(loaded) === null,
    reproducibleNote: irreproducibleReason(loaded),
    settings: loaded.explain(),
    robots,
    presets: await listPresets(),
    warnings: loaded.warnings,
  };
}

/** Why two runs of this configuration may differ, or null when they give the same bytes. */
function irreproducibleReason({ config }: LoadedConfig): string | null {
  if (config.simulator.mode === 'real-time') return 'simulator.mode is real-time: runs are not reproducible';
  if (config.learner.threads > 1) return `learner.threads is ${config.learner.threads}: runs are not bit-reproducible`;
  return null;
}

function addCheck(config: Command, host: CommandRunner): void {
  const command = config
    .command('check')
    .description('check a settings, robot, task or preset file and report all problems')
    .argument('[file]', 'JSON5 file (default: the effective configuration)')
    .action(async (file: string | undefined, flags: CommonFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        render: () => 'Configuration OK.\n',
        run: async (ui) => (file === undefined ? checkEffective(flags, host, ui) : checkOne(file, flags, ui)),
      }),
    );
  addCommonFlags(command, [
    'softqd config check my.json5',
    'softqd config check config/robots/arm2/robot.json5',
    'softqd config check --config my.json5 --set learner.batchSize=64',
  ]);
}

async function checkEffective(flags: CommonFlags, host: CommandRunner, ui: TerminalUi): Promise<number> {
  await commonOptions({ flags }, host, ui).configure();
  ui.event({ ok: true, problems: [] });
  return 0;
}

async function checkOne(file: string, flags: CommonFlags, ui: TerminalUi): Promise<number> {
  const problems = await checkConfigFile(file);
  const [first] = problems;
  if (first === undefined) {
    ui.event({ ok: true, file, problems: [] });
    return 0;
  }
  if (flags.json === true) ui.event({ ok: false, file, problems, error: first });
  else
    for (const { code, message, hint, values } of problems) ui.error(new SoftqdError(code, message, { hint, values }));
  return 2;
}
