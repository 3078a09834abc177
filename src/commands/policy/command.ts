import type { Command } from 'commander';
import { addCommonFlags, commonOptions, type CommandRunner, type CommonFlags } from '../../cli/index.ts';
import { renderPolicyInfo } from './print-policy.ts';
import { addPlannedCommand } from '../planned-commands.ts';

export function addPolicy(program: Command, host: CommandRunner): void {
  const policy = program.command('policy').description('inspect a policy file');
  const command = policy
    .command('info')
    .description('robot, task, network, step, parent and checksum of a policy')
    .argument('<file>', 'a .safetensors policy')
    .action(async (file: string, flags: CommonFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        render: renderPolicyInfo,
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
  addPlannedCommand(policy, host, {
    name: 'export',
    description: 'export a policy to other runtimes (ONNX, TensorFlow.js)',
    alternative: 'The policy file is a standard safetensors file; softqd policy info FILE describes it.',
  });
}
