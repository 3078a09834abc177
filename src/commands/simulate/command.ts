import { Option, type Command } from 'commander';
import {
  addCommonFlags,
  commonOptions,
  parseHostPort,
  printable,
  ROBOT_FLAG_HELP,
  runEventText,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';
import type { ListeningEvent } from '../../runs/index.ts';

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
    .description('run a simulator as a WebSocket server')
    .requiredOption('--robot <name>', ROBOT_FLAG_HELP)
    .option('--listen <host:port>', 'listen address; port 0 selects a free port (default: 127.0.0.1:8741)')
    .option('--token-file <file>', 'file with the access token; required on non-loopback addresses')
    .addOption(new Option('--real-time', 'simulate in real time').conflicts('lockStep'))
    .addOption(new Option('--lock-step', 'advance one control period per command (default)').conflicts('realTime'))
    .action(async (flags: SimulateFlags) =>
      host.execute<ListeningEvent>({
        json: flags.json === true,
        display: { kind: 'results', print: (event) => printable(`${runEventText(event) ?? ''}\n`) },
        run: async (ui) => {
          const { simulateCommand } = await import('./simulate.ts');
          const listen = flags.listen === undefined ? undefined : parseHostPort('--listen', flags.listen);
          const mode = flags.realTime ? 'real-time' : flags.lockStep ? 'lock-step' : undefined;
          const keyFlags = [
            { flag: '--listen', key: 'simulator.host', value: listen?.host },
            { flag: '--listen', key: 'simulator.port', value: listen?.port },
            { flag: '--token-file', key: 'simulator.tokenFile', value: flags.tokenFile },
            { flag: `--${mode ?? ''}`, key: 'simulator.mode', value: mode },
          ];
          return simulateCommand(
            {
              ...commonOptions({ flags, keyFlags, robot: flags.robot }, host, ui),
              robot: flags.robot,
              token: host.io.env['SOFTQD_SIMULATOR_TOKEN'] ?? null,
            },
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
