import type { Command } from 'commander';
import {
  addCommonFlags,
  commonOptions,
  ROBOT_FLAG_HELP,
  simulatorKeyFlags,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';
import { printSimulatorCheck } from './print-check.ts';
import type { SimulatorCheckResult } from './types.ts';

interface CheckFlags extends CommonFlags {
  readonly robot?: string;
  readonly tokenFile?: string;
  readonly realTime?: true;
}

export function addSimulator(program: Command, host: CommandRunner): void {
  const simulator = program.command('simulator').description('check a simulator of your own');
  const command = simulator
    .command('check')
    .description('check whether a simulator follows docs/simulator-protocol.md; names each rule that is broken')
    .argument('<url|command>', "a running simulator (ws://HOST:PORT), or a command to start one ('python3 my_sim.py')")
    .option('--robot <name>', `${ROBOT_FLAG_HELP} (default: what the simulator names)`)
    .option('--token-file <file>', 'file with the access token of a running simulator')
    .option('--real-time', 'start the command in real time (default: lock-step)')
    .action(async (target: string, flags: CheckFlags) =>
      host.execute<SimulatorCheckResult>({
        json: flags.json === true,
        display: { kind: 'results', print: printSimulatorCheck },
        run: async (ui) => {
          const { simulatorCheckCommand } = await import('./check.ts');
          const keyFlags = [
            ...simulatorKeyFlags(target),
            { flag: '--token-file', key: 'simulator.tokenFile', value: flags.tokenFile },
          ];
          const mode = flags.realTime === true ? 'real-time' : 'lock-step';
          return simulatorCheckCommand(
            { ...commonOptions({ flags, keyFlags }, host, ui), robot: flags.robot ?? null, mode },
            ui,
          );
        },
      }),
    );
  addCommonFlags(command, [
    'softqd simulator check ws://127.0.0.1:8741',
    "softqd simulator check 'python3 my_sim.py' --robot ./my-arm",
    "softqd simulator check 'python3 my_sim.py' --robot pendulum --json",
  ]);
}
