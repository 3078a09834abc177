import { Command, CommanderError } from 'commander';
import { SoftqdError } from '../base/errors.ts';
import { addCalibrate } from './commands/calibrate.ts';
import { addConfig } from './commands/config.ts';
import { addDoctor, addReport } from './commands/doctor.ts';
import { addEvaluate } from './commands/evaluate.ts';
import { addJog } from './commands/jog.ts';
import { addLog } from './commands/log.ts';
import { addLaterCommands } from './commands/not-yet.ts';
import { addPolicy } from './commands/policy.ts';
import { addPretrain } from './commands/pretrain.ts';
import { addRecover } from './commands/recover.ts';
import { addRobot } from './commands/robot.ts';
import { addRollout } from './commands/rollout.ts';
import { addRun } from './commands/run.ts';
import { addScan } from './commands/scan.ts';
import { addSetup } from './commands/setup.ts';
import { addSimulate } from './commands/simulate.ts';
import { addStart } from './commands/start.ts';
import { addVirtual } from './commands/virtual.ts';
import type { CommandHost } from './host.ts';

/** The command line of softqd: every command with its flags, help and examples. */
export function buildProgram(host: CommandHost, version: string): Command {
  const program = new Command('softqd')
    .description('Drives a robot, keeps it safe, logs every step, and learns beside it.')
    .version(version)
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ helpWidth: 100 })
    .configureOutput({ writeOut: (text) => host.io.stdout.write(text), writeErr: () => undefined })
    .addHelpText('after', EXAMPLES);
  addStart(program, host);
  addRun(program, host);
  addSimulate(program, host);
  addVirtual(program, host);
  addPretrain(program, host);
  addEvaluate(program, host);
  addRollout(program, host);
  addLog(program, host);
  addPolicy(program, host);
  addConfig(program, host);
  addRobot(program, host);
  addDoctor(program, host);
  addScan(program, host);
  addSetup(program, host);
  addCalibrate(program, host);
  addJog(program, host);
  addRecover(program, host);
  addReport(program, host);
  addLaterCommands(program, host);
  return program;
}

const EXAMPLES = `
Examples:
  $ softqd start                                      watch a pendulum learn
  $ softqd pretrain --robot pendulum --task Pendulum-v1 --steps 10000 --seed 1 --out pendulum.safetensors
  $ softqd evaluate --policy pendulum.safetensors --episodes 100 --seed 1000
  $ softqd run --robot pendulum --task Pendulum-v1 --policy pendulum.safetensors
  $ softqd <command> --help                           flags and examples of one command

Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 refused for safety, 130 interrupted.
`;

/** What commander threw as one of ours, or null when it only printed help or the version. */
export function fromCommander(thrown: CommanderError): SoftqdError | null {
  if (thrown.exitCode === 0) return null;
  if (thrown.code === 'commander.help') return new SoftqdError('E_USAGE', 'a command is missing');
  return new SoftqdError('E_USAGE', thrown.message.replace(/^error: /, '').replace(/\n/g, ' '), { cause: thrown });
}
