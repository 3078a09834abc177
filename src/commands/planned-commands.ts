import type { Command } from 'commander';
import { SoftqdError } from '../base/errors.ts';
import { addCommonFlags, type CommandRunner, type CommonFlags } from '../cli/index.ts';

export interface PlannedCommand {
  readonly name: string;
  readonly description: string;
  /** What to use instead, as a sentence. */
  readonly alternative: string;
}

const PLANNED: readonly PlannedCommand[] = [
  {
    name: 'identify',
    description: 'estimate the parameters of a robot from its runs',
    alternative: 'Set the parameters in the model of the robot; softqd log export gives the data.',
  },
  {
    name: 'teach',
    description: 'record demonstrations of an operator',
    alternative: 'softqd run --learn learns without demonstrations.',
  },
  {
    name: 'service',
    description: 'install softqd as a system service',
    alternative: 'Run softqd run under a supervisor such as systemd; it shuts down cleanly on SIGTERM.',
  },
];

/** Adds the commands of later versions: each fails with E_NOT_IMPLEMENTED and a hint that names an alternative. */
export function addPlannedCommands(program: Command, host: CommandRunner): void {
  for (const command of PLANNED) addPlannedCommand(program, host, command);
}

/** Adds a command that accepts any flags and fails with E_NOT_IMPLEMENTED. */
export function addPlannedCommand(
  parent: Command,
  host: CommandRunner,
  { name, description, alternative }: PlannedCommand,
): void {
  const fullName = parent.parent === null ? name : `${parent.name()} ${name}`;
  const command = parent
    .command(name)
    .description(`${description} (not implemented yet)`)
    .argument('[arguments...]')
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (_arguments: readonly string[], flags: CommonFlags) =>
      host.execute<never>({
        json: flags.json === true,
        display: { kind: 'results', print: () => '' },
        run: () =>
          Promise.reject(
            new SoftqdError('E_NOT_IMPLEMENTED', `softqd ${fullName} is not implemented in this version`, {
              hint: `Alternative: ${alternative}`,
              values: { command: fullName },
            }),
          ),
      }),
    );
  addCommonFlags(command, [`softqd ${fullName}`]);
}
