import type { Command } from 'commander';
import {
  addCommonFlags,
  commonOptions,
  parseChoiceFlag,
  parseNumberFlag,
  programName,
  ROBOT_FLAG_HELP,
  SEED_RANGE,
  SIMULATOR_FLAG_HELP,
  simulatorKeyFlags,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';
import { pretrainDisplay } from './print-pretrain.ts';
import type { PretrainEvent } from './types.ts';

interface PretrainFlags extends CommonFlags {
  readonly robot: string;
  readonly task: string;
  readonly steps: string;
  readonly seed: string;
  readonly out: string;
  readonly preset?: string;
  readonly engine?: string;
  readonly evalEvery?: string;
  readonly simulators: string;
  readonly simulator?: string;
  readonly resume?: true | string;
}

export function addPretrain(program: Command, host: CommandRunner): void {
  const command = program
    .command('pretrain')
    .description('train a policy in simulation, faster than real time; Ctrl-C writes what was learned so far')
    .requiredOption('--robot <name>', ROBOT_FLAG_HELP)
    .requiredOption('--task <name>', 'task name')
    .requiredOption('--steps <n>', 'total environment steps of the run (including resumed steps)')
    .requiredOption('--seed <n>', 'the same seed gives the same run')
    .requiredOption('--out <file>', 'output policy file')
    .option('--preset <name>', 'learning options: default, fast, paper, released, ddpg, map')
    .option('--engine <name>', 'native or tensorflow (default: fastest available)')
    .option('--eval-every <n>', 'steps between two evaluations; 0 = none')
    .option('--simulators <k>', 'number of simulators (parallel environments, stepped round-robin)', '1')
    .option('--simulator <url|command>', SIMULATOR_FLAG_HELP)
    .option('--resume [run]', 'resume the given run, or the newest matching run; starts a new run if none found')
    .action(async (flags: PretrainFlags) =>
      host.execute<PretrainEvent>({
        json: flags.json === true,
        display: pretrainDisplay({ ...flags, data: flags.data, program: programName(host.io.env) }),
        run: async (ui) => {
          const { pretrainCommand } = await import('./pretrain.ts');
          const engine =
            flags.engine === undefined
              ? undefined
              : parseChoiceFlag('--engine', flags.engine, ['native', 'tensorflow']);
          const keyFlags = [
            { flag: '--preset', key: 'learner.preset', value: flags.preset },
            { flag: '--engine', key: 'learner.engine', value: engine },
            { flag: '--eval-every', key: 'evaluation.everySteps', value: flags.evalEvery },
            ...simulatorKeyFlags(flags.simulator),
          ];
          return pretrainCommand(
            {
              ...commonOptions({ flags, keyFlags, robot: flags.robot, task: flags.task }, host, ui),
              robot: flags.robot,
              task: flags.task,
              steps: parseNumberFlag('--steps', flags.steps, { min: 1, max: 1e12, integer: true }),
              seed: parseNumberFlag('--seed', flags.seed, SEED_RANGE),
              outFile: flags.out,
              simulators: parseNumberFlag('--simulators', flags.simulators, { min: 1, max: 64, integer: true }),
              resume: flags.resume === undefined ? null : { run: flags.resume === true ? null : flags.resume },
            },
            ui,
          );
        },
      }),
    );
  addCommonFlags(command, [
    'softqd pretrain --robot pendulum --task Pendulum-v1 --steps 10000 --seed 1 --out pendulum.safetensors',
    'softqd pretrain --robot arm2 --task reach --steps 100000 --seed 1 --out reach.safetensors --eval-every 5000 --json',
    "softqd pretrain --robot pendulum --task Pendulum-v1 --steps 10000 --seed 1 --out pendulum.safetensors --simulator 'python3 my_sim.py' --simulators 2",
    'softqd pretrain --robot point2 --task MultiGoal --preset paper --steps 50000 --seed 3 --out goals.safetensors --resume',
  ]);
}
