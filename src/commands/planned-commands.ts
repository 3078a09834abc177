import type { Command } from 'commander';
import { SoftqdError } from '../base/errors.ts';
import { addCommonFlags, type CommandRunner, type CommonFlags } from '../cli/index.ts';

export interface PlannedCommand {
  readonly name: string;
  readonly description: string;
  /** What to use meanwhile. */
  readonly alternative: string;
}

const PLANNED: readonly PlannedCommand[] = [
  {
    name: 'gate',
    description: 'check whether a policy is safe to deploy on hardware',
    alternative: 'softqd evaluate tells how good a policy is in simulation.',
  },
  {
    name: 'compose',
    description: 'merge several policies into one',
    alternative: 'softqd pretrain learns one from scratch.',
  },
  {
    name: 'service',
    description: 'install softqd as a system service',
    alternative: 'run softqd run under a supervisor such as systemd; it shuts down cleanly on SIGTERM.',
  },
];

/** Commands that later versions have: E_NOT_IMPLEMENTED, naming what works today. */
export function addPlannedCommands(program: Command, host: CommandRunner): void {
  for (const command of PLANNED) addPlannedCommand(program, host, command);
}

/** A command that takes any flags and answers E_NOT_IMPLEMENTED. */
export function addPlannedCommand(
  parent: Command,
  host: CommandRunner,
  { name, description, alternative }: PlannedCommand,
): void {
  const command = parent
    .command(name)
    .description(`${description} (not implemented yet)`)
    .argument('[anything...]')
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (_anything: unknown, flags: CommonFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        run: () => {
          const full = parent.parent === null ? name : `${parent.name()} ${name}`;
          const hint = `Alternative: ${alternative}`;
          return Promise.reject(
            new SoftqdError('E_NOT_IMPLEMENTED', `softqd ${full} is not implemented in this version`, {
              hint,
              values: { command: full },
            }),
          );
        },
      }),
    );
  addCommonFlags(command, [`softqd ${parent.parent === null ? '' : `${parent.name()} `}${name}`]);
}
