import { Option, type Command } from 'commander';
import { addCommonFlags, commonOptions, type CommonFlags } from '../../cli/common-flags.ts';
import type { CommandRunner } from '../../cli/host.ts';
import { renderFindings, renderReport } from './print-findings.ts';

interface DoctorFlags extends CommonFlags {
  readonly robot?: string;
  readonly task?: string;
  readonly driver?: string;
  readonly scan?: true;
}

interface ReportFlags extends CommonFlags {
  readonly out?: string;
}

export function addDoctor(program: Command, host: CommandRunner): void {
  const command = program
    .command('doctor')
    .description('is everything ready: disk, ports, engines, scheduling; with --driver or --scan the servos, too')
    .option('--robot <name>', 'look at this robot too')
    .option('--task <name>', 'and at this task of it')
    .addOption(new Option('--driver <url>', 'feetech:PATH or dynamixel:PATH: look at these servos').conflicts('scan'))
    .option('--scan', 'look for servos on every serial port that nobody has open')
    .action(async (flags: DoctorFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        render: (result) => renderFindings(result, host.io),
        run: async (ui) => {
          const { doctorCommand } = await import('../daemon-index.ts');
          const common = commonOptions({ flags, robot: flags.robot, task: flags.task }, host, ui);
          return doctorCommand(
            {
              ...common,
              robot: flags.robot ?? null,
              task: flags.task ?? null,
              driverUrl: flags.driver ?? null,
              scan: flags.scan === true,
            },
            ui,
          );
        },
      }),
    );
  addCommonFlags(command, [
    'softqd doctor',
    'softqd doctor --robot so101 --driver feetech:/dev/ttyACM0',
    'softqd doctor --json --data /mnt/data',
  ]);
}

export function addReport(program: Command, host: CommandRunner): void {
  const command = program
    .command('report')
    .description('one HTML page about a run: curves, clips, settings')
    .argument('[run]', 'a run id or its folder (default: the newest in --data)')
    .option('--out <file>', 'file to write (default: report.html in the run)')
    .action(async (run: string | undefined, flags: ReportFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        render: renderReport,
        run: async (ui) => {
          const { reportCommand } = await import('../daemon-index.ts');
          return reportCommand(
            { ...commonOptions({ flags }, host, ui), run: run ?? null, outFile: flags.out ?? null },
            ui,
          );
        },
      }),
    );
  addCommonFlags(command, ['softqd report', 'softqd report ~/.local/state/softqd/runs/RUN --out report.html']);
}
