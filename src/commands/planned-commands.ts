import type { Command } from 'commander';
import { SoftqdError } from '../base/errors.ts';
import { addCommonFlags, type CommonFlags } from '../cli/common-flags.ts';
import type { CommandHost } from '../cli/host.ts';

export interface NotYet {
  readonly name: string;
  readonly description: string;
  /** What to use meanwhile. */
  readonly works: string;
}

const LATER: readonly NotYet[] = [
  {
    name: 'gate',
    description: 'may this policy go to hardware',
    works: 'softqd evaluate tells how good a policy is in simulation.',
  },
  { name: 'compose', description: 'make one policy out of several', works: 'softqd pretrain learns one from scratch.' },
  {
    name: 'service',
    description: 'install softqd as a system service',
    works: 'softqd run under any supervisor: it stops in order on SIGTERM.',
  },
];

/** Commands that later versions have: E_NOT_YET, naming what works today. */
export function addLaterCommands(program: Command, host: CommandHost): void {
  for (const command of LATER) addNotYet(program, host, command);
}

/** A command that takes any flags and answers E_NOT_YET. */
export function addNotYet(parent: Command, host: CommandHost, { name, description, works }: NotYet): void {
  const command = parent
    .command(name)
    .description(`${description} (not built yet)`)
    .argument('[anything...]')
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (_anything: unknown, flags: CommonFlags) =>
      host.execute({
        json: flags.json === true,
        look: 'results',
        run: () => {
          const full = parent.parent === null ? name : `${parent.name()} ${name}`;
          const hint = `What works: ${works}`;
          return Promise.reject(
            new SoftqdError('E_NOT_YET', `softqd ${full} is not built yet in this version`, {
              hint,
              values: { command: full },
            }),
          );
        },
      }),
    );
  addCommonFlags(command, [`softqd ${parent.parent === null ? '' : `${parent.name()} `}${name}`]);
}
