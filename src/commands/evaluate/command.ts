import type { Command } from 'commander';
import { SoftqdError } from '../../base/errors.ts';
import type { EvaluateOptions } from '../../runs/index.ts';
import {
  addCommonFlags,
  commonOptions,
  parseChoiceFlag,
  parseNumberFlag,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';
import { renderEvaluation } from './print-evaluation.ts';
import { SEED_RANGE } from '../pretrain/command.ts';

interface EvaluateFlags extends CommonFlags {
  readonly policy: string;
  readonly episodes?: string;
  readonly seed?: string;
  readonly initialStates?: string;
  readonly mode: string;
  readonly robot?: string;
  readonly task?: string;
}

export function addEvaluate(program: Command, host: CommandRunner): void {
  const command = program
    .command('evaluate')
    .description('evaluate a policy: returns over episodes from given initial states')
    .requiredOption('--policy <file>', 'the policy')
    .option('--episodes <n>', 'how many episodes, with --seed')
    .option('--seed <n>', 'seed of the initial states')
    .option('--initial-states <file>', 'JSON lines {"qpos":[],"qvel":[]} instead of --episodes and --seed')
    .option(
      '--mode <mode>',
      'action mode: sample, zero (latent 0) or best (highest min-critic value of 10 samples)',
      'best',
    )
    .option('--robot <name>', 'optional check: robot the policy must belong to')
    .option('--task <name>', "must be the policy's task when given")
    .action(async (flags: EvaluateFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        render: renderEvaluation,
        run: async (ui) => {
          const { evaluateCommand } = await import('./evaluate.ts');
          return evaluateCommand(
            {
              ...commonOptions({ flags, robot: flags.robot, task: flags.task }, host, ui),
              policyFile: flags.policy,
              initialStates: initialStatesOf(flags),
              mode: parseChoiceFlag('--mode', flags.mode, ['sample', 'zero', 'best']),
              robot: flags.robot ?? null,
              task: flags.task ?? null,
            },
            ui,
          );
        },
      }),
    );
  addCommonFlags(command, [
    'softqd evaluate --policy pendulum.safetensors --episodes 100 --seed 1000',
    'softqd evaluate --policy goals.safetensors --episodes 100 --seed 1 --mode sample --json',
    'softqd evaluate --policy reach.safetensors --initial-states starts.jsonl --mode zero',
  ]);
}

function initialStatesOf(flags: EvaluateFlags): EvaluateOptions['initialStates'] {
  if (flags.initialStates !== undefined) {
    if (flags.episodes === undefined && flags.seed === undefined) return { file: flags.initialStates };
    throw new SoftqdError('E_USAGE', '--initial-states replaces --episodes and --seed', {
      hint: 'Pass either --initial-states, or --episodes and --seed.',
    });
  }
  if (flags.episodes === undefined || flags.seed === undefined) {
    throw new SoftqdError('E_USAGE', 'evaluate needs --episodes N and --seed S, or --initial-states FILE', {
      hint: 'Example: --episodes 100 --seed 1000.',
    });
  }
  return {
    episodes: parseNumberFlag('--episodes', flags.episodes, { min: 1, max: 1e6, integer: true }),
    seed: parseNumberFlag('--seed', flags.seed, SEED_RANGE),
  };
}
