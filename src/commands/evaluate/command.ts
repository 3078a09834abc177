import type { Command } from 'commander';
import { SoftqdError } from '../../base/errors.ts';
import {
  addCommonFlags,
  commonOptions,
  parseChoiceFlag,
  parseNumberFlag,
  SEED_RANGE,
  SIMULATOR_FLAG_HELP,
  simulatorKeyFlags,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';
import { printEvaluation } from './print-evaluation.ts';
import type { EvaluateOptions, EvaluateResult } from './types.ts';

const DEFAULT_EPISODES = 20;
const DEFAULT_SEED = 1000;

interface EvaluateFlags extends CommonFlags {
  readonly policy: string;
  readonly episodes?: string;
  readonly seed?: string;
  readonly initialStates?: string;
  readonly mode: string;
  readonly simulator?: string;
  readonly robot?: string;
  readonly task?: string;
}

export function addEvaluate(program: Command, host: CommandRunner): void {
  const command = program
    .command('evaluate')
    .description('evaluate a policy: returns over episodes from given initial states')
    .requiredOption('--policy <file>', 'policy file, or the ID of a run')
    .option('--episodes <n>', `number of episodes (default: ${DEFAULT_EPISODES})`)
    .option('--seed <n>', `seed of the initial states (default: ${DEFAULT_SEED})`)
    .option(
      '--initial-states <file>',
      'start from these states instead: JSON lines {"qpos":[],"qvel":[]}, or a JSON array',
    )
    .option(
      '--mode <mode>',
      'action mode: sample, zero (latent 0) or best (highest min-critic value of 10 samples)',
      'best',
    )
    .option('--simulator <url|command>', SIMULATOR_FLAG_HELP)
    .option('--robot <name>', 'require that the policy belongs to this robot')
    .option('--task <name>', 'require that the policy belongs to this task')
    .action(async (flags: EvaluateFlags) =>
      host.execute<EvaluateResult>({
        json: flags.json === true,
        display: { kind: 'results', print: printEvaluation },
        run: async (ui) => {
          const { evaluateCommand } = await import('./evaluate.ts');
          return evaluateCommand(
            {
              ...commonOptions(
                { flags, keyFlags: simulatorKeyFlags(flags.simulator), robot: flags.robot, task: flags.task },
                host,
                ui,
              ),
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
    'softqd evaluate --policy 20261130-103847-pendulum-Pendulum-v1-s1',
    'softqd evaluate --policy goals.safetensors --episodes 100 --seed 1 --mode sample --json',
    "softqd evaluate --policy pendulum.safetensors --simulator 'python3 my_sim.py'",
    'softqd evaluate --policy reach.safetensors --initial-states states.jsonl --mode zero',
  ]);
}

function initialStatesOf(flags: EvaluateFlags): EvaluateOptions['initialStates'] {
  if (flags.initialStates !== undefined) {
    if (flags.episodes === undefined && flags.seed === undefined) return { file: flags.initialStates };
    throw new SoftqdError('E_USAGE', '--initial-states replaces --episodes and --seed', {
      hint: 'Pass either --initial-states, or --episodes and --seed.',
    });
  }
  const { episodes = String(DEFAULT_EPISODES), seed = String(DEFAULT_SEED) } = flags;
  return {
    episodes: parseNumberFlag('--episodes', episodes, { min: 1, max: 1e6, integer: true }),
    seed: parseNumberFlag('--seed', seed, SEED_RANGE),
  };
}
