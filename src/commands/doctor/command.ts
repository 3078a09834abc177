import { Option, type Command } from 'commander';
import { addCommonFlags, commonOptions, type CommandRunner, type CommonFlags } from '../../cli/index.ts';
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
    .description('check disk, ports, engines and scheduling; with --driver or --scan also the servos')
    .option('--robot <name>', 'also check this robot')
    .option('--task <name>', 'also check this task')
    .addOption(new Option('--driver <url>', 'check the servos at feetech:PATH or dynamixel:PATH').conflicts('scan'))
    .option('--scan', 'search all free serial ports for servos')
    .action(async (flags: DoctorFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        render: (result) => renderFindings(result, host.io),
        run: async (ui) => {
          const { doctorCommand } = await import('./doctor.ts');
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
    .description('write an HTML report of a run: learning curves, guard interventions, settings')
    .argument('[run]', 'run ID or directory (default: newest run in --data)')
    .option('--out <file>', 'file to write (default: report.html in the run)')
    .action(async (run: string | undefined, flags: ReportFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        render: renderReport,
        run: async (ui) => {
          const { reportCommand } = await import('../report/report.ts');
          return reportCommand(
            { ...commonOptions({ flags }, host, ui), run: run ?? null, outFile: flags.out ?? null },
            ui,
          );
        },
      }),
    );
  addCommonFlags(command, ['softqd report', 'softqd report ~/.local/state/softqd/runs/RUN --out report.html']);
}
