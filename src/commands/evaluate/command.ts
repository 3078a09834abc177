import type { Command } from 'commander';
import { SoftqdError } from '../../base/errors.ts';
import type { EvaluateOptions } from '../daemon-index.ts';
import { parseChoiceFlag, parseNumberFlag } from '../../cli/arguments.ts';
import { addCommonFlags, commonOptions, type CommonFlags } from '../../cli/common-flags.ts';
import type { CommandRunner } from '../../cli/host.ts';
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
    .description('how good is a policy: returns over episodes from known starts')
    .requiredOption('--policy <file>', 'the policy')
    .option('--episodes <n>', 'how many episodes, with --seed')
    .option('--seed <n>', 'draws the starts; the same seed gives the same starts')
    .option('--initial-states <file>', 'JSON lines {"qpos":[],"qvel":[]} instead of --episodes and --seed')
    .option('--mode <mode>', 'sample, zero (latent 0) or best (best of 10 by the smaller critic)', 'best')
    .option('--robot <name>', "must be the policy's robot when given")
    .option('--task <name>', "must be the policy's task when given")
    .action(async (flags: EvaluateFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        render: renderEvaluation,
        run: async (ui) => {
          const { evaluateCommand } = await import('../daemon-index.ts');
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
      hint: 'Pass either --initial-states or the other two.',
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
