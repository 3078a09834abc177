import { Option, type Command } from 'commander';
import { parseHostPort } from '../../cli/arguments.ts';
import { addCommonFlags, commonOptions, type CommonFlags } from '../../cli/common-flags.ts';
import type { CommandRunner } from '../../cli/host.ts';

interface SimulateFlags extends CommonFlags {
  readonly robot: string;
  readonly listen?: string;
  readonly tokenFile?: string;
  readonly realTime?: true;
  readonly lockStep?: true;
}

export function addSimulate(program: Command, host: CommandRunner): void {
  const command = program
    .command('simulate')
    .description('pretend to be a robot behind a WebSocket')
    .requiredOption('--robot <name>', 'the robot, a folder of config/robots/')
    .option('--listen <host:port>', 'where to listen; port 0 takes any free one (default: 127.0.0.1:8741)')
    .option('--token-file <file>', 'token that clients must show; needed beyond loopback')
    .addOption(new Option('--real-time', 'the world runs by the clock').conflicts('lockStep'))
    .addOption(new Option('--lock-step', 'each command advances the world (default)').conflicts('realTime'))
    .action(async (flags: SimulateFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        run: async (ui) => {
          const { simulateCommand } = await import('../daemon-index.ts');
          const listen = flags.listen === undefined ? undefined : parseHostPort('--listen', flags.listen);
          const mode = flags.realTime ? 'real-time' : flags.lockStep ? 'lock-step' : undefined;
          const keyFlags = [
            { flag: '--listen', key: 'simulator.host', value: listen?.host },
            { flag: '--listen', key: 'simulator.port', value: listen?.port },
            { flag: '--token-file', key: 'simulator.tokenFile', value: flags.tokenFile },
            { flag: `--${mode ?? ''}`, key: 'simulator.mode', value: mode },
          ];
          return simulateCommand(
            { ...commonOptions({ flags, keyFlags, robot: flags.robot }, host, ui), robot: flags.robot },
            ui,
          );
        },
      }),
    );
  addCommonFlags(command, [
    'softqd simulate --robot arm2 --real-time',
    'softqd simulate --robot pendulum --listen 127.0.0.1:0 --lock-step --json',
    'softqd simulate --robot arm2 --listen 0.0.0.0:8741 --token-file token.txt',
  ]);
}
