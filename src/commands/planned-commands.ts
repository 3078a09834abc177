import type { Command } from 'commander';
import { SoftqdError } from '../base/errors.ts';
import { addCommonFlags, type CommonFlags } from '../cli/common-flags.ts';
import type { CommandRunner } from '../cli/host.ts';

export interface PlannedCommand {
  readonly name: string;
  readonly description: string;
  /** What to use meanwhile. */
  readonly alternative: string;
}

const PLANNED: readonly PlannedCommand[] = [
  {
    name: 'gate',
    description: 'may this policy go to hardware',
    alternative: 'softqd evaluate tells how good a policy is in simulation.',
  },
  {
    name: 'compose',
    description: 'make one policy out of several',
    alternative: 'softqd pretrain learns one from scratch.',
  },
  {
    name: 'service',
    description: 'install softqd as a system service',
    alternative: 'softqd run under any supervisor: it stops in order on SIGTERM.',
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
    .description(`${description} (not built yet)`)
    .argument('[anything...]')
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (_anything: unknown, flags: CommonFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        run: () => {
          const full = parent.parent === null ? name : `${parent.name()} ${name}`;
          const hint = `What works: ${alternative}`;
          return Promise.reject(
            new SoftqdError('E_NOT_IMPLEMENTED', `softqd ${full} is not built yet in this version`, {
              hint,
              values: { command: full },
            }),
          );
        },
      }),
    );
  addCommonFlags(command, [`softqd ${parent.parent === null ? '' : `${parent.name()} `}${name}`]);
}
