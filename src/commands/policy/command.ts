import type { Command } from 'commander';
import { addCommonFlags, commonOptions, type CommandRunner, type CommonFlags } from '../../cli/index.ts';
import { addPlannedCommand, type PlannedCommand } from '../planned-commands.ts';
import { printPolicyInfo } from './print-policy.ts';
import type { PolicyInfoResult } from './types.ts';

const PLANNED: readonly PlannedCommand[] = [
  {
    name: 'check',
    description: 'check whether a policy is safe to run on hardware',
    alternative: 'softqd evaluate reports how a policy performs in simulation.',
  },
  {
    name: 'compare',
    description: 'compare policies on the same initial states',
    alternative: 'softqd evaluate with the same --seed for each policy gives comparable returns.',
  },
  {
    name: 'compose',
    description: 'combine several policies into one',
    alternative: 'softqd pretrain learns one policy from scratch.',
  },
  {
    name: 'export',
    description: 'export a policy to other runtimes (ONNX, TensorFlow.js)',
    alternative: 'The policy file is a standard safetensors file; softqd policy info FILE describes it.',
  },
];

export function addPolicy(program: Command, host: CommandRunner): void {
  const policy = program.command('policy').description('inspect policy files');
  const command = policy
    .command('info')
    .description('show robot, task, network, step, parent and checksum of a policy')
    .argument('<file>', 'a .safetensors policy, or the ID of a run')
    .action(async (file: string, flags: CommonFlags) =>
      host.execute<PolicyInfoResult>({
        json: flags.json === true,
        display: { kind: 'results', print: printPolicyInfo },
        run: async (ui) => {
          const { policyInfoCommand } = await import('./policy-info.ts');
          return policyInfoCommand({ ...commonOptions({ flags }, host, ui), file }, ui);
        },
      }),
    );
  addCommonFlags(command, [
    'softqd policy info pendulum.safetensors',
    'softqd policy info pendulum.safetensors --json',
  ]);
  for (const planned of PLANNED) addPlannedCommand(policy, host, planned);
}
