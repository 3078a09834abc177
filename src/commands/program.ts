import { Command, CommanderError } from 'commander';
import { SoftqdError } from '../base/errors.ts';
import { addCalibrate } from './calibrate/command.ts';
import { addCompletion } from './completion/command.ts';
import { addConfig } from './config/command.ts';
import { addDoctor } from './doctor/command.ts';
import { addEvaluate } from './evaluate/command.ts';
import { addJog } from './jog/command.ts';
import { addLog } from './log/command.ts';
import { addPlannedCommands } from './planned-commands.ts';
import { addPolicy } from './policy/command.ts';
import { addPretrain } from './pretrain/command.ts';
import { addRuns } from './runs/command.ts';
import { addReport } from './report/command.ts';
import { addClearFault } from './clear-fault/command.ts';
import { addRobot } from './robot/command.ts';
import { addReplayActions } from './replay-actions/command.ts';
import { addRun } from './run/command.ts';
import { addStatus } from './status/command.ts';
import { addStop } from './stop/command.ts';
import { addTask } from './task/command.ts';
import { addTorqueOff } from './torque-off/command.ts';
import { addScan } from './scan/command.ts';
import { addSetupServos } from './setup-servos/command.ts';
import { addSimulate } from './simulate/command.ts';
import { addSimulator } from './simulator/command.ts';
import { addDemo } from './demo/command.ts';
import { commandMeantBy } from './other-names.ts';
import { addOverview } from './overview/command.ts';
import { addVirtual } from './virtual/command.ts';
import type { CommandRunner } from '../cli/index.ts';

/** The command line of softqd: every command with its flags, help and examples. */
export function buildProgram(host: CommandRunner, version: string): Command {
  const program = new Command('softqd')
    .description('Robot control daemon with on-robot soft Q-learning.')
    .version(version)
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ helpWidth: 100 })
    .configureOutput({ writeOut: (text) => host.io.stdout.write(text), writeErr: () => undefined })
    .addHelpText('after', EXAMPLES);
  addOverview(program, host);
  addDemo(program, host);
  addRun(program, host);
  addSimulate(program, host);
  addSimulator(program, host);
  addVirtual(program, host);
  addPretrain(program, host);
  addEvaluate(program, host);
  addReplayActions(program, host);
  addLog(program, host);
  addPolicy(program, host);
  addConfig(program, host);
  addRobot(program, host);
  addTask(program, host);
  addDoctor(program, host);
  addScan(program, host);
  addSetupServos(program, host);
  addCalibrate(program, host);
  addJog(program, host);
  addStatus(program, host);
  addStop(program, host);
  addClearFault(program, host);
  addTorqueOff(program, host);
  addReport(program, host);
  addRuns(program, host);
  addCompletion(program, host);
  addPlannedCommands(program, host);
  return program;
}

const EXAMPLES = `
Examples:
  $ softqd                                           what to do next on this machine
  $ softqd demo                                      watch a pendulum learn
  $ softqd pretrain --robot pendulum --task Pendulum-v1 --steps 10000 --seed 1 --out pendulum.safetensors
  $ softqd evaluate --policy pendulum.safetensors --episodes 100 --seed 1000
  $ softqd run --robot pendulum --task Pendulum-v1 --policy pendulum.safetensors
  $ softqd <command> --help                           flags and examples of one command

Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 refused for safety, 130 interrupted.
`;

/** An error of commander as E_USAGE; null when it only printed help or the version. */
export function fromCommander(thrown: CommanderError, program: Command): SoftqdError | null {
  if (thrown.exitCode === 0) return null;
  if (thrown.code === 'commander.help') return new SoftqdError('E_USAGE', 'missing command');
  const [, word] = /^error: unknown command '(.*?)'/s.exec(thrown.message) ?? [];
  if (word !== undefined && isTopLevel(word, program)) return unknownCommand(word, program, thrown);
  const message = thrown.message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.*)\?\)$/, '; did you mean $1?')
    .replace(/\n/g, ' ');
  return new SoftqdError('E_USAGE', message, { cause: thrown });
}

/** Whether the unknown word is the command of the program itself, not one of a group such as `log`. */
function isTopLevel(word: string, { args }: Command): boolean {
  return args[0] === word;
}

function unknownCommand(word: string, { commands }: Command, cause: CommanderError): SoftqdError {
  const names = commands.map((command) => command.name());
  const meant = commandMeantBy(word, names);
  return new SoftqdError('E_USAGE', `unknown command '${word}'${meant === null ? '' : `; did you mean ${meant}?`}`, {
    cause,
    hint:
      meant === null ? 'softqd --help lists all commands.' : `softqd ${meant.split(' -')[0]!} --help shows its flags.`,
    values: { command: word, meant },
  });
}
